#include "floatsd/runtime/program.h"

#include <algorithm>

#include "refuse.h"

namespace floatsd::runtime {
namespace {

/// The most values of one image's activations together.
constexpr int64_t kMostValuesTogether = int64_t{1} << 27;

std::string text(const std::vector<int64_t>& shape) {
  std::string list;
  for (const int64_t size : shape) {
    list += (list.empty() ? "[" : ", ") + std::to_string(size);
  }
  return list + "]";
}

ActivationShape output_shape(const ActivationShape& in, const Conv2d& conv) {
  const std::vector<int64_t>& w = conv.weights.shape;
  require(w.size() == 4 && std::all_of(w.begin(), w.end(), is_size),
          "weight shape " + text(w) + ", expected [O, I / groups, Kh, Kw]");
  require(is_size(conv.groups) && in.channels == w[1] * conv.groups && w[0] % conv.groups == 0,
          "weight shape " + text(w) + " with " + std::to_string(conv.groups) +
              " groups does not fit " + std::to_string(in.channels) + " input channels");
  return slide({.size = conv.pool, .stride = conv.pool}, slide(conv.window(), in, w[0]), w[0]);
}

ActivationShape output_shape(const ActivationShape& in, const Linear& linear) {
  const std::vector<int64_t>& w = linear.weights.shape;
  require(w.size() == 2 && std::all_of(w.begin(), w.end(), is_size),
          "weight shape " + text(w) + ", expected [O, I]");
  require(w[1] == in.size(),
          "weight shape " + text(w) + " does not fit " + std::to_string(in.size()) + " inputs");
  return {w[0], 1, 1};
}

ActivationShape output_shape(const ActivationShape& in, const Downsample& downsample) {
  return downsample_shape(in, downsample.stride, downsample.channels_before,
                          downsample.channels_after);
}

ActivationShape output_shape(const ActivationShape& in, const GlobalAveragePool& /*pool*/) {
  return {in.channels, 1, 1};
}

ActivationShape output_shape(const ActivationShape& in, const Add& /*add*/) { return in; }

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
    named(op.name, [&] {
      return sum_shape(input_shape(program, op, shapes, 0), input_shape(program, op, shapes, 1));
    });
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
  named("input", [&] { check_shape("an image", input); });
  int64_t together = input.size();
  std::vector<ActivationShape> shapes;
  for (const Op& op : program.ops) {
    check_inputs(program, op, shapes);
    const ActivationShape& in = input_shape(program, op, shapes);
    shapes.push_back(named(op.name, [&] {
      return std::visit([&](const auto& body) { return output_shape(in, body); }, op.body);
    }));
    together += shapes.back().size();
    require(together <= kMostValuesTogether, op.name,
            "all outputs up to it have " + std::to_string(together) + " values, expected at most " +
                std::to_string(kMostValuesTogether));
  }
  return shapes;
}

}  // namespace floatsd::runtime
