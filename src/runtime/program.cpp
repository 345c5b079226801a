#include "floatsd/runtime/program.h"

#include <algorithm>

#include "refuse.h"

namespace floatsd::runtime {
namespace {

/// The largest dimension, kernel or padding that a program may have: products of four stay in
/// int64.
constexpr int64_t kLargestSize = int64_t{1} << 15;

/// The most values of one image's activation, inside its padding and ahead of its pooling: their
/// places, in bytes, stay in int32 wherever kernels compute them.
constexpr int64_t kMostValues = int64_t{1} << 23;

/// The most values of one image's activations together.
constexpr int64_t kMostValuesTogether = int64_t{1} << 27;

std::string text(const std::vector<int64_t>& shape) {
  std::string list;
  for (const int64_t size : shape) {
    list += (list.empty() ? "[" : ", ") + std::to_string(size);
  }
  return list + "]";
}

std::string text(const ActivationShape& shape) {
  return text(std::vector{shape.channels, shape.height, shape.width});
}

bool is_size(int64_t value) { return value >= 1 && value <= kLargestSize; }

/// Requires a shape whose product stays in int64.
void require_room(const std::string& name, const std::string& what, const ActivationShape& shape) {
  require(shape.size() <= kMostValues, name,
          what + " of shape " + text(shape) + " has " + std::to_string(shape.size()) +
              " values, expected at most " + std::to_string(kMostValues));
}

ActivationShape output_shape(const std::string& name, const ActivationShape& in,
                             const Conv2d& conv) {
  const std::vector<int64_t>& w = conv.weights.shape;
  require(w.size() == 4 && std::all_of(w.begin(), w.end(), is_size), name,
          "weight shape " + text(w) + ", expected [O, I / groups, Kh, Kw]");
  require(is_size(conv.stride) && is_size(conv.pool) && is_size(conv.groups) && conv.padding >= 0 &&
              conv.padding <= kLargestSize,
          name, "stride, pool and groups must be 1 or more, padding 0 or more");
  require(in.channels == w[1] * conv.groups && w[0] % conv.groups == 0, name,
          "weight shape " + text(w) + " with " + std::to_string(conv.groups) +
              " groups does not fit " + std::to_string(in.channels) + " input channels");
  const int64_t padding = int64_t{2} * conv.padding;
  const ActivationShape padded{in.channels, in.height + padding, in.width + padding};
  require_room(name, "an input inside its padding", padded);
  const auto extent = [&](int64_t input, int64_t kernel) {
    return input < kernel ? 0 : (input - kernel) / conv.stride + 1;
  };
  const ActivationShape sums{w[0], extent(padded.height, w[2]), extent(padded.width, w[3])};
  require_room(name, "an output before pooling", sums);
  const ActivationShape out{w[0], sums.height / conv.pool, sums.width / conv.pool};
  require(out.height >= 1 && out.width >= 1, name,
          "an input of " + std::to_string(in.height) + " x " + std::to_string(in.width) +
              " is too small for its kernel and pooling");
  return out;
}

ActivationShape output_shape(const std::string& name, const ActivationShape& in,
                             const Linear& linear) {
  const std::vector<int64_t>& w = linear.weights.shape;
  require(w.size() == 2 && std::all_of(w.begin(), w.end(), is_size), name,
          "weight shape " + text(w) + ", expected [O, I]");
  require(w[1] == in.size(), name,
          "weight shape " + text(w) + " does not fit " + std::to_string(in.size()) + " inputs");
  return {w[0], 1, 1};
}

ActivationShape output_shape(const std::string& name, const ActivationShape& in,
                             const Downsample& downsample) {
  require(is_size(downsample.stride), name,
          "stride " + std::to_string(downsample.stride) + ", expected 1 or more");
  const int64_t channels =
      in.channels + int64_t{downsample.channels_before} + int64_t{downsample.channels_after};
  require(downsample.channels_before >= 0 && downsample.channels_after >= 0 && is_size(channels),
          name,
          std::to_string(downsample.channels_before) + " channels before and " +
              std::to_string(downsample.channels_after) + " after its input's " +
              std::to_string(in.channels) + ": none may be negative, all together at most " +
              std::to_string(kLargestSize));
  return {channels, (in.height - 1) / downsample.stride + 1,
          (in.width - 1) / downsample.stride + 1};
}

ActivationShape output_shape(const std::string& /*name*/, const ActivationShape& in,
                             const GlobalAveragePool& /*pool*/) {
  return {in.channels, 1, 1};
}

ActivationShape output_shape(const std::string& /*name*/, const ActivationShape& in,
                             const Add& /*add*/) {
  return in;
}

void check_inputs(const Program& program, const Op& op,
                  const std::vector<ActivationShape>& shapes) {
  const bool is_add = std::holds_alternative<Add>(op.body);
  require(op.inputs.size() == (is_add ? 2 : 1), op.name,
          std::to_string(op.inputs.size()) + " inputs, expected " + (is_add ? "two" : "one"));
  for (const int from : op.inputs) {
    require(from == kNetworkInput || (from >= 0 && from < static_cast<int>(shapes.size())), op.name,
            "its input " + std::to_string(from) + " is no operator before it");
  }
  if (is_add) {
    const ActivationShape& a = input_shape(program, op, shapes, 0);
    const ActivationShape& b = input_shape(program, op, shapes, 1);
    require(a == b, op.name,
            "inputs of shapes " + text(a) + " and " + text(b) + ", expected one shape");
  }
}

/// The qparams that the operator itself carries; null where it passes on its input's.
const QParams* own_qparams(const Op& op) {
  if (const auto* add = std::get_if<Add>(&op.body)) {
    return &add->requantize.output;
  }
  if (const auto* pool = std::get_if<GlobalAveragePool>(&op.body)) {
    return &pool->output;
  }
  const Requantize* requantize = requantization(op);
  return requantize == nullptr ? nullptr : &requantize->output;
}

}  // namespace

const char* kind(const Op& op) {
  constexpr const char* kNames[] = {"conv2d", "linear", "add", "global_average_pool",
                                    "downsample"};  // in the order of Op::body
  return kNames[op.body.index()];
}

const Weights* weights(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op.body)) {
    return &conv->weights;
  }
  const auto* linear = std::get_if<Linear>(&op.body);
  return linear == nullptr ? nullptr : &linear->weights;
}

const Requantize* requantization(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op.body)) {
    return &conv->requantize;
  }
  const auto* linear = std::get_if<Linear>(&op.body);
  return linear == nullptr ? nullptr : &linear->requantize;
}

const QParams& input_qparams(const Program& program, const Op& op, size_t index) {
  const int from = op.inputs[index];
  return from == kNetworkInput ? program.input : output_qparams(program, program.ops[from]);
}

const QParams& output_qparams(const Program& program, const Op& op) {
  const Op* source = &op;
  while (true) {  // no recursion: a file may hold a long chain
    if (const QParams* own = own_qparams(*source)) {
      return *own;
    }
    if (source->inputs.front() == kNetworkInput) {
      return program.input;
    }
    source = &program.ops[source->inputs.front()];
  }
}

const ActivationShape& input_shape(const Program& program, const Op& op,
                                   const std::vector<ActivationShape>& shapes, size_t index) {
  const int from = op.inputs[index];
  return from == kNetworkInput ? program.input_shape : shapes[from];
}

std::vector<ActivationShape> output_shapes(const Program& program) {
  const ActivationShape& input = program.input_shape;
  require(is_size(input.channels) && is_size(input.height) && is_size(input.width), "input",
          "an image shape that is empty or too large");
  require_room("input", "an image", input);
  int64_t together = input.size();
  std::vector<ActivationShape> shapes;
  for (const Op& op : program.ops) {
    check_inputs(program, op, shapes);
    const ActivationShape& in = input_shape(program, op, shapes);
    shapes.push_back(
        std::visit([&](const auto& body) { return output_shape(op.name, in, body); }, op.body));
    require_room(op.name, "an output", shapes.back());
    together += shapes.back().size();
    require(together <= kMostValuesTogether, op.name,
            "all outputs up to it have " + std::to_string(together) + " values, expected at most " +
                std::to_string(kMostValuesTogether));
  }
  return shapes;
}

}  // namespace floatsd::runtime
