#include "interchange/onnx/network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/refuse.h"
#include "core/utf8.h"
#include "floatsd/core/error.h"
#include "interchange/onnx/unsupported.h"
#include "nn/batch_norm.h"

namespace floatsd::interchange::onnx {
namespace {

/// All weights together: four gibibytes of float32.
constexpr int64_t kMostWeights = int64_t{1} << 30;

/// One for each channel.
std::vector<double> of_channels(const std::vector<double>& values, size_t channels) {
  return values.size() == channels ? values : std::vector<double>(channels, values.front());
}

Parameter row_of(const std::vector<double>& values) {
  return {make_tensor({std::ssize(values)}, std::vector<float>(values.begin(), values.end()))};
}

/// Its values in the order in which the network has them.
std::vector<float> values_of(const Parameter& parameter) {
  std::vector<float> values = floats(parameter.tensor);
  if (!parameter.is_transposed) {
    return values;
  }
  const auto rows = static_cast<size_t>(parameter.tensor.shape[0]);
  const auto columns = static_cast<size_t>(parameter.tensor.shape[1]);
  std::vector<float> turned(values.size());
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      turned[j * rows + i] = values[i * columns + j];
    }
  }
  return turned;
}

std::vector<int64_t> shape_of(const Parameter& parameter) {
  std::vector<int64_t> shape = parameter.tensor.shape;
  if (parameter.is_transposed) {
    std::reverse(shape.begin(), shape.end());
  }
  return shape;
}

bool is_identity(const ChannelMap& map) {
  return std::all_of(map.factors.begin(), map.factors.end(), [](double a) { return a == 1; }) &&
         std::all_of(map.offsets.begin(), map.offsets.end(), [](double b) { return b == 0; });
}

}  // namespace

Network::Network(std::string name, nn::InputSpec input)
    : name_(std::move(name)), input_(std::move(input)), shapes_(name_, input_) {}

int Network::add(const std::string& name, nn::Operator op, std::vector<int> inputs,
                 Parameters parameters) {
  const std::string free = free_name(name, op);
  try {
    shapes_.add(free, op, inputs);
  } catch (const Error& error) {
    throw Unsupported(error.what());
  }
  for (const auto& [what, parameter] : parameters) {
    weights_ += parameter.tensor.count();
  }
  require(weights_ <= kMostWeights,
          "more than " + std::to_string(kMostWeights) + " weights, counted where they are used");
  const bool is_never_below_0 = keeps_from_negative(op, inputs);
  nodes_.push_back(
      {free, std::move(op), std::move(inputs), std::move(parameters), is_never_below_0});
  return static_cast<int>(nodes_.size()) - 1;
}

std::string Network::free_name(const std::string& name, const nn::Operator& op) {
  std::string plain = is_utf8(name) ? name : "";
  for (char& c : plain) {
    c = static_cast<unsigned char>(c) <= ' ' || c == '=' || c == '\x7f' ? '_' : c;
  }
  if (plain.empty()) {
    plain = nn::kind(op);
  }
  std::string free = plain;
  while (free == "input" || shapes_.find(free)) {
    int& number = numbers_.emplace(plain, 1).first->second;
    free = plain + "_" + std::to_string(++number);
  }
  return free;
}

Activation Network::image(int node) const {
  return {.node = node, .axes = image_axes(node_shape(node))};
}

Activation Network::row(int node) const {
  return {.node = node, .axes = {joined(image_axes(node_shape(node)))}};
}

ActivationShape Network::shape(const Activation& x) const {
  const ActivationShape& in = node_shape(x.node);
  const Window kept{.size = 1, .stride = x.stride};
  return {in.channels, kept.rows(in.height) + x.padding.top + x.padding.bottom,
          kept.columns(in.width) + x.padding.left + x.padding.right};
}

bool Network::is_flat(int node) const {
  return node != nn::kGraphInput && shapes_.nodes()[static_cast<size_t>(node)].is_flat;
}

int Network::common_stride(const Activation& x) const {
  const ActivationShape& in = node_shape(x.node);
  const int stride = in.height == 1 ? x.stride.width : x.stride.height;
  need(in.width == 1 || x.stride.width == stride, "a Slice of every n-th row and column alike");
  return stride;
}

int Network::settled(Activation& x) {
  need(x.padding == Padding(0), "a convolution or a pool behind the Pad that it reads");
  if (x.stride != Extent(1)) {
    const nn::op::Downsample downsample{.stride = common_stride(x)};
    x = {.node = add(x.stride_name, downsample, {x.node}), .axes = x.axes};
  }
  return x.node;
}

int Network::settled_image(Activation& x) {
  const Padding padding = std::exchange(x.padding, Padding(0));
  settled(x);
  x.padding = padding;
  need(x.axes == image_axes(node_shape(x.node)),
       "an input [N, C, H, W], channels before rows and columns");
  return x.node;
}

int Network::settled_features(Activation& x, const std::string& name) {
  need(x.axes.size() == 1, "an input [N, features]");
  settled(x);
  const ActivationShape& shape = node_shape(x.node);
  if (x.axes.front() != joined(image_axes(shape))) {
    flatten(x, name);
  }
  return x.node;
}

void Network::flatten(Activation& x, const std::string& name) {
  settled(x);
  const ActivationShape shape = node_shape(x.node);
  const JoinedAxes order = joined(x.axes);
  const bool is_last =
      order == joined(image_axes(shape, {Axis::kRows, Axis::kColumns, Axis::kChannels}));
  const bool is_first = order == joined(image_axes(shape));
  need(is_first || is_last,
       "features in the order of channels, rows, columns or of rows, columns, "
       "channels");
  if (!is_flat(x.node)) {
    const AxesOrder axes_order = is_first ? AxesOrder::kChannelsFirst : AxesOrder::kChannelsLast;
    x.node = add(name.empty() ? "" : name + ".flatten", nn::op::Flatten{axes_order}, {x.node});
    x.has_one_reader = true;
  }
  x.axes = regrouped({joined(image_axes(node_shape(x.node)))}, node_shape(x.node),
                     sizes_of(x.axes, shape));
}

bool Network::is_never_negative(int node) const {
  return node == nn::kGraphInput
             ? std::all_of(input_.mean.begin(), input_.mean.end(), [](float m) { return m <= 0; })
             : nodes_[static_cast<size_t>(node)].is_never_negative;
}

bool Network::keeps_from_negative(const nn::Operator& op, const std::vector<int>& inputs) const {
  if (std::holds_alternative<nn::op::Relu>(op) || std::holds_alternative<nn::op::Relu6>(op)) {
    return true;
  }
  return !std::holds_alternative<nn::op::Conv2d>(op) &&
         !std::holds_alternative<nn::op::Linear>(op) &&
         !std::holds_alternative<nn::op::BatchNorm>(op) &&
         std::all_of(inputs.begin(), inputs.end(),
                     [this](int input) { return is_never_negative(input); });
}

Activation Network::mapped(Activation x, const ChannelMap& map, const std::string& name) {
  if (is_identity(map)) {
    return x;
  }
  const int node = settled(x);
  const auto channels = static_cast<size_t>(node_shape(node).channels);
  const ChannelMap each{.factors = of_channels(map.factors, channels),
                        .offsets = of_channels(map.offsets, channels)};
  const bool is_taken =
      x.has_one_reader &&
      (node == nn::kGraphInput ? map_input(each)
                               : map_weights(nodes_[static_cast<size_t>(node)], each));
  if (!is_taken) {
    const std::vector<float> ones(channels, 1);
    const std::vector<float> zeros(channels, 0);
    Parameters parameters = norm_parameters(ones, zeros, zeros, ones);
    std::vector<double> weight = each.factors;
    for (double& factor : weight) {
      factor *= std::sqrt(1 + nn::BatchNorm2d::kEpsilon);
    }
    parameters["weight"] = row_of(weight);
    parameters["bias"] = row_of(each.offsets);
    x.node = add(name, nn::op::BatchNorm{}, {node}, std::move(parameters));
    x.has_one_reader = true;
  }
  return x;
}

bool Network::map_input(const ChannelMap& map) {
  std::vector<float> mean;
  std::vector<float> deviation;
  for (size_t c = 0; c < map.factors.size(); ++c) {
    const double step = double{input_.deviation[c]} / map.factors[c];
    mean.push_back(static_cast<float>(input_.mean[c] - map.offsets[c] * step));
    deviation.push_back(static_cast<float>(step));
  }
  try {
    nn::Architecture(name_, input_).set_normalization(mean, deviation);
  } catch (const Error&) {  // a factor of 0 or less, or one out of range: a batch norm takes it
    return false;
  }
  input_.mean = std::move(mean);
  input_.deviation = std::move(deviation);
  return true;
}

bool Network::map_weights(Node& node, const ChannelMap& map) {
  const bool is_norm = std::holds_alternative<nn::op::BatchNorm>(node.op);
  if (!is_norm && !std::holds_alternative<nn::op::Conv2d>(node.op) &&
      !std::holds_alternative<nn::op::Linear>(node.op)) {
    return false;
  }
  const size_t channels = map.factors.size();
  std::vector<double> bias(channels, 0);
  if (const auto own = node.parameters.find("bias"); own != node.parameters.end()) {
    const std::vector<float> values = values_of(own->second);
    bias.assign(values.begin(), values.end());
  }
  for (size_t c = 0; c < channels; ++c) {
    bias[c] = map.factors[c] * bias[c] + map.offsets[c];
  }
  node.parameters["bias"] = row_of(bias);
  if (auto* conv = std::get_if<nn::op::Conv2d>(&node.op)) {
    conv->bias = true;
  }
  if (std::any_of(map.factors.begin(), map.factors.end(), [](double a) { return a != 1; })) {
    Parameter& weight = node.parameters.at("weight");
    std::vector<float> values = values_of(weight);
    const size_t row = values.size() / channels;
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(map.factors[i / row] * values[i]);
    }
    weight = {make_tensor(shape_of(weight), values)};
  }
  return true;
}

double Network::bring_input_down() {
  constexpr double kFar = 16;  // statistics of images give 2 or 3
  double largest = 0;
  for (size_t c = 0; c < input_.mean.size(); ++c) {
    for (const double pixel : {0.0, 1.0}) {
      largest = std::max(largest, std::abs(pixel - input_.mean[c]) / input_.deviation[c]);
    }
  }
  std::vector<Node*> readers;
  for (Node& node : nodes_) {
    if (std::count(node.inputs.begin(), node.inputs.end(), nn::kGraphInput) == 0) {
      continue;
    }
    if (!std::holds_alternative<nn::op::Conv2d>(node.op) &&
        !std::holds_alternative<nn::op::Linear>(node.op)) {
      return 1;
    }
    readers.push_back(&node);
  }
  if (largest < kFar || readers.empty()) {
    return 1;
  }
  const double divisor = std::exp2(std::floor(std::log2(largest)));
  for (float& deviation : input_.deviation) {
    deviation = static_cast<float>(deviation * divisor);
  }
  for (Node* node : readers) {
    Parameter& weight = node->parameters.at("weight");
    std::vector<float> values = floats(weight.tensor);
    for (float& value : values) {
      value = static_cast<float>(value * divisor);
    }
    weight.tensor = make_tensor(weight.tensor.shape, values);
  }
  return divisor;
}

void Network::keep_what_makes(int output) {
  if (output == nn::kGraphInput) {
    return;
  }
  std::vector<bool> is_kept(nodes_.size());
  is_kept[static_cast<size_t>(output)] = true;
  for (auto i = static_cast<size_t>(output) + 1; i-- > 0;) {
    for (const int input : nodes_[i].inputs) {
      if (is_kept[i] && input != nn::kGraphInput) {
        is_kept[static_cast<size_t>(input)] = true;
      }
    }
  }
  std::vector<int> places(nodes_.size());
  std::vector<Node> kept;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (is_kept[i]) {
      for (int& input : nodes_[i].inputs) {
        input = input == nn::kGraphInput ? input : places[static_cast<size_t>(input)];
      }
      places[i] = static_cast<int>(kept.size());
      kept.push_back(std::move(nodes_[i]));
    }
  }
  nodes_ = std::move(kept);
  shapes_ = architecture();
}

nn::Architecture Network::architecture() const {
  nn::Architecture architecture(name_, input_);
  for (const Node& node : nodes_) {
    architecture.add(node.name, node.op, node.inputs);
  }
  return architecture;
}

Parameters norm_parameters(const std::vector<float>& weight, const std::vector<float>& bias,
                           const std::vector<float>& mean, const std::vector<float>& variance) {
  const auto row = [](const std::vector<float>& values) {
    return Parameter{make_tensor({std::ssize(values)}, values)};
  };
  return {{"weight", row(weight)},
          {"bias", row(bias)},
          {"running_mean", row(mean)},
          {"running_var", row(variance)}};
}

}  // namespace floatsd::interchange::onnx
