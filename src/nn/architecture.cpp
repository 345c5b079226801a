#include "floatsd/nn/architecture.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/refuse.h"
#include "core/utf8.h"
#include "nn/operator_attributes.h"

namespace floatsd::nn {
namespace {

using std::to_string;

/// The largest number of weights of one layer: a gibibyte of float32.
constexpr int64_t kMostWeights = int64_t{1} << 28;

void check_attributes(const Operator& op) {
  std::visit(
      [](const auto& body) {
        visit_attributes(body, [](const char* name, const auto& value, auto... range) {
          if constexpr (sizeof...(range) == 2) {
            const auto [least, most] = std::pair<int64_t, int64_t>(range...);
            require(value >= least && value <= most, std::string(name) + " " + to_string(value) +
                                                         ", expected " + to_string(least) + " to " +
                                                         to_string(most));
          }
        });
      },
      op);
}

void check_name(const std::string& name) {
  const bool is_plain = is_utf8(name) && std::all_of(name.begin(), name.end(), [](char c) {
                          return static_cast<unsigned char>(c) > ' ' && c != '=';
                        });
  require(
      !name.empty() && is_plain && name != "input",
      "node '" + name + "': expected a name of UTF-8 without spaces and '=', which is not input");
}

ActivationShape shape_of(const op::Conv2d& conv, const ActivationShape& in) {
  require(in.channels % conv.groups == 0 && conv.out_channels % conv.groups == 0,
          to_string(conv.groups) + " groups do not divide " + to_string(in.channels) +
              " input channels and " + to_string(conv.out_channels) + " output channels");
  const ActivationShape out = slide(conv.window(), in, conv.out_channels);
  const int64_t row = in.channels / conv.groups * conv.kernel.height * conv.kernel.width;
  require(row <= kMostWeights / conv.out_channels,
          to_string(conv.out_channels) + " x " + to_string(row) + " weights, expected at most " +
              to_string(kMostWeights));
  return out;
}

ActivationShape shape_of(const op::Linear& linear, const ActivationShape& in) {
  require(is_size(in.size()), floatsd::to_string(in) + " are " + to_string(in.size()) +
                                  " inputs, expected at most " + to_string(kLargestSize));
  require(in.size() <= kMostWeights / linear.out_features,
          to_string(linear.out_features) + " x " + to_string(in.size()) +
              " weights, expected at most " + to_string(kMostWeights));
  return {linear.out_features, 1, 1};
}

ActivationShape shape_of(const op::MaxPool& pool, const ActivationShape& in) {
  return pool_shape(pool.moves(), in);
}

ActivationShape shape_of(const op::AveragePool& pool, const ActivationShape& in) {
  return pool_shape(pool.moves(), in);
}

ActivationShape shape_of(const op::Flatten& /*flatten*/, const ActivationShape& in) {
  return flat_shape(in);
}

ActivationShape shape_of(const op::Downsample& downsample, const ActivationShape& in) {
  return downsample_shape(in, downsample.stride, downsample.channels_before,
                          downsample.channels_after);
}

ActivationShape shape_of(const op::GlobalAveragePool& /*pool*/, const ActivationShape& in) {
  return {in.channels, 1, 1};
}

/// Batch norm and activations.
template <typename Op>
ActivationShape shape_of(const Op& /*op*/, const ActivationShape& in) {
  return in;
}

/// Of operators with several inputs.
ActivationShape shape_of(const Operator& op, std::span<const ActivationShape> inputs) {
  if (std::holds_alternative<op::Add>(op)) {
    return sum_shape(inputs[0], inputs[1]);
  }
  if (std::holds_alternative<op::Concat>(op)) {
    return concat_shape(inputs);
  }
  return std::visit([&](const auto& body) { return shape_of(body, inputs.front()); }, op);
}

bool reads_images(const Operator& op) {
  return std::holds_alternative<op::Conv2d>(op) || std::holds_alternative<op::MaxPool>(op) ||
         std::holds_alternative<op::AveragePool>(op) ||
         std::holds_alternative<op::Downsample>(op) ||
         std::holds_alternative<op::GlobalAveragePool>(op);
}

bool makes_features(const Operator& op) {
  return std::holds_alternative<op::Linear>(op) || std::holds_alternative<op::Flatten>(op) ||
         std::holds_alternative<op::GlobalAveragePool>(op);
}

/// One number of `numbers` for each channel, each in [least, most].
void check_channels(const std::string& name, const std::vector<float>& numbers, int64_t channels,
                    float least, float most) {
  require(std::ssize(numbers) == channels, name + ": " + to_string(numbers.size()) +
                                               " numbers, expected " + to_string(channels) +
                                               ", one for each of the input's channels");
  for (const float number : numbers) {
    require(number >= least && number <= most,
            name + ": " + to_string(number) + ", expected from " + to_string(least) + " to " +
                to_string(most) + ", that of pixels between 0 and 1");
  }
}

void check_normalization(const InputSpec& input) {
  constexpr float kLargest = 1e4F;  // beyond it pixels were not divided by 255, or it is a slip
  check_channels("mean", input.mean, input.channels, -kLargest, kLargest);
  check_channels("std", input.deviation, input.channels, 1 / kLargest, kLargest);
}

}  // namespace

const char* kind(const Operator& op) {
  constexpr const char* kNames[] = {
      // in the order of Operator
      "conv2d", "linear",     "batch_norm",   "relu",   "relu6",  "max_pool", "global_average_pool",
      "add",    "downsample", "average_pool", "concat", "flatten"};
  static_assert(std::size(kNames) == std::variant_size_v<Operator>);
  return kNames[op.index()];
}

std::pair<size_t, size_t> input_counts(const Operator& op) {
  if (std::holds_alternative<op::Concat>(op)) {
    return {2, kMostConcatInputs};
  }
  const size_t count = std::holds_alternative<op::Add>(op) ? 2 : 1;
  return {count, count};
}

Architecture::Architecture(std::string name, InputSpec input)
    : name_(std::move(name)),
      input_(std::move(input)),
      input_shape_{input_.channels, input_.height, input_.width} {
  require(is_utf8(name_), "an architecture's name is no UTF-8");
  named("input", [&] {
    check_shape("an image", input_shape_);
    check_normalization(input_);
  });
}

int Architecture::add(std::string name, Operator op) { return add(std::move(name), op, {last()}); }

int Architecture::add(std::string name, Operator op, std::vector<int> inputs) {
  check_name(name);
  require(!find(name), name + ": there is a node of this name already");
  named(name, [&] {
    check_attributes(op);
    nodes_.push_back(infer(op, inputs));
  });
  places_.emplace(name, last());
  nodes_.back().name = std::move(name);
  return last();
}

int Architecture::add_convolution(const std::string& name, op::Conv2d conv, Activation activation) {
  return add_convolution(name, conv, activation, last());
}

int Architecture::add_convolution(const std::string& name, op::Conv2d conv, Activation activation,
                                  int input) {
  conv.bias = false;
  add(name, conv, {input});
  add(name + ".norm", op::BatchNorm{});
  switch (activation) {
    case Activation::kRelu:
      return add(name + ".activation", op::Relu{});
    case Activation::kRelu6:
      return add(name + ".activation", op::Relu6{});
    case Activation::kNone:
      break;
  }
  return last();
}

std::optional<int> Architecture::find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

const ActivationShape& Architecture::shape(int node) const {
  return node == kGraphInput ? input_shape_ : nodes_.at(static_cast<size_t>(node)).shape;
}

int64_t Architecture::classes() const {
  require(!nodes_.empty(), name_ + ": there is no node");
  require(nodes_.back().is_flat, name_ + ": its last node, " + nodes_.back().name +
                                     ", gives an image, expected a linear layer or an average");
  return nodes_.back().shape.channels;
}

void Architecture::set_normalization(std::vector<float> mean, std::vector<float> deviation) {
  InputSpec input = input_;
  input.mean = std::move(mean);
  input.deviation = std::move(deviation);
  check_normalization(input);
  input_ = std::move(input);
}

Architecture::Node Architecture::infer(const Operator& op, const std::vector<int>& inputs) const {
  const auto [fewest, most] = input_counts(op);
  require(inputs.size() >= fewest && inputs.size() <= most,
          to_string(inputs.size()) + " inputs, expected " + to_string(fewest) +
              (most > fewest ? " to " + to_string(most) : ""));
  std::vector<ActivationShape> shapes;
  const auto is_flat = [&](int node) { return node != kGraphInput && nodes_[node].is_flat; };
  for (const int input : inputs) {
    require(input >= kGraphInput && input <= last(),
            "its input " + to_string(input) + " is no node before it");
    require(is_flat(input) == is_flat(inputs.front()),
            "one input has features, the other images, expected one kind");
    shapes.push_back(shape(input));
  }
  require(!is_flat(inputs.front()) || !reads_images(op),
          "it reads features, expected images of channels, rows and columns");
  return {.op = op,
          .inputs = inputs,
          .shape = shape_of(op, shapes),
          .is_flat = is_flat(inputs.front()) || makes_features(op)};
}

}  // namespace floatsd::nn
