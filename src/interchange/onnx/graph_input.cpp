#include "interchange/onnx/graph_input.h"

#include <algorithm>
#include <string>

#include "core/names.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "interchange/onnx/attributes.h"
#include "interchange/onnx/metadata.h"

namespace floatsd::interchange::onnx {
namespace {

const std::vector<Axis> kChannelsFirst = {Axis::kChannels, Axis::kRows, Axis::kColumns};
const std::vector<Axis> kChannelsLast = {Axis::kRows, Axis::kColumns, Axis::kChannels};

const ValueInfo& only_input(const Model& model) {
  std::vector<std::string> names;
  const ValueInfo* found = nullptr;
  for (const ValueInfo& input : model.inputs) {
    if (!model.constants.contains(input.name)) {  // before IR version 4 constants are inputs, too
      names.push_back(input.name);
      found = &input;
    }
  }
  require(names.size() == 1, std::to_string(names.size()) + " inputs (" + list_text(quoted(names)) +
                                 "), expected one of images");
  return *found;
}

/// Whether everything that reads the input makes [N, C, H, W] of [N, H, W, C].
bool is_turned(const Model& model, const std::string& input) {
  bool is_read = false;
  for (const Node& node : model.nodes) {
    if (std::find(node.inputs.begin(), node.inputs.end(), input) != node.inputs.end()) {
      is_read = true;
      if (node.op_type != "Transpose" ||
          integers_of(node, "perm") != std::vector<int64_t>{0, 3, 1, 2}) {
        return false;
      }
    }
  }
  return is_read;
}

bool is_color(const std::optional<int64_t>& size) { return size == 1 || size == 3; }

using Sizes = std::vector<std::optional<int64_t>>;

bool fits(const Sizes& sizes, const std::vector<int64_t>& shape) {
  return std::equal(
      sizes.begin() + 1, sizes.end(), shape.begin(), shape.end(),
      [](const std::optional<int64_t>& said, int64_t size) { return !said || *said == size; });
}

std::string text(const ValueInfo& input) {
  std::string sizes;
  for (const std::optional<int64_t>& size : *input.shape) {
    sizes += (sizes.empty() ? "" : ", ") + (size ? std::to_string(*size) : std::string("?"));
  }
  return "input '" + input.name + "' of shape [" + sizes + "]";
}

struct Layout {
  ActivationShape shape;
  std::vector<JoinedAxes> axes;
};

/// By what the user says of the image.
Layout layout_by(const ValueInfo& input, const ActivationShape& image) {
  const std::vector<int64_t> first = {image.channels, image.height, image.width};
  const std::vector<int64_t> last = {image.height, image.width, image.channels};
  const Sizes& sizes = *input.shape;
  if (sizes.size() == 4 && fits(sizes, first)) {
    return {image, image_axes(image, kChannelsFirst)};
  }
  if (sizes.size() == 4 && fits(sizes, last)) {
    return {image, image_axes(image, kChannelsLast)};
  }
  require(
      sizes.size() == 2 && fits(sizes, {image.size()}),
      text(input) + ", expected that of images " + floatsd::to_string(image) + " (input-shape)");
  return {image, {joined(image_axes(image))}};
}

Layout layout_of(const Model& model, const ValueInfo& input, const OnnxImport& options) {
  if (options.input_shape) {
    check_shape("input-shape: an image", *options.input_shape);
  }
  if (!input.shape && options.input_shape) {
    return {*options.input_shape, image_axes(*options.input_shape, kChannelsFirst)};
  }
  require(input.shape.has_value() && !input.shape->empty(),
          "input '" + input.name + "' has no shape: input-shape C,H,W says it");
  if (options.input_shape) {
    return layout_by(input, *options.input_shape);
  }
  const Sizes& sizes = *input.shape;
  const bool is_known = sizes.size() == 4 && sizes[1] && sizes[2] && sizes[3];
  require(is_known, text(input) +
                        ", expected numbers for channels, rows and columns: "
                        "input-shape C,H,W says them");
  const bool is_last = is_turned(model, input.name) || (is_color(sizes[3]) && !is_color(sizes[1]));
  const ActivationShape image = is_last ? ActivationShape{*sizes[3], *sizes[1], *sizes[2]}
                                        : ActivationShape{*sizes[1], *sizes[2], *sizes[3]};
  check_shape(text(input) + ": an image", image);
  return {image, image_axes(image, is_last ? kChannelsLast : kChannelsFirst)};
}

/// One for each channel, divided by `scale`: a network that reads 0 to `scale` is given bytes /
/// 255.
std::vector<float> of_channels(const std::vector<double>& values, double missing, int64_t channels,
                               double scale, const char* flag) {
  require(values.size() <= 1 || std::ssize(values) == channels,
          std::string(flag) + ": " + std::to_string(values.size()) + " numbers, expected 1 or " +
              std::to_string(channels));
  std::vector<float> result;
  for (int64_t c = 0; c < channels; ++c) {
    const double value = values.empty()       ? missing
                         : values.size() == 1 ? values.front()
                                              : values[static_cast<size_t>(c)];
    result.push_back(static_cast<float>(value / scale));
  }
  return result;
}

nn::InputSpec spec_of(const Model& model, const ValueInfo& input, const ActivationShape& shape,
                      const OnnxImport& options) {
  nn::InputSpec spec{.channels = shape.channels, .height = shape.height, .width = shape.width};
  const bool is_said = options.input_scale || !options.mean.empty() || !options.deviation.empty();
  const Metadata known = read_metadata(model.metadata);
  if (!is_said && std::ssize(known.mean) == shape.channels &&
      std::ssize(known.deviation) == shape.channels) {
    spec.mean = known.mean;
    spec.deviation = known.deviation;
    return spec;
  }
  const bool reads_bytes = input.type == ElementType::kUint8;
  const double scale = options.input_scale.value_or(reads_bytes ? 255 : 1);
  require(scale > 0, "input-scale: expected a number above 0");
  spec.mean = of_channels(options.mean, 0, shape.channels, scale, "mean");
  spec.deviation = of_channels(options.deviation, 1, shape.channels, scale, "std");
  return spec;
}

}  // namespace

ImageInput image_input(const Model& model, const OnnxImport& options) {
  const ValueInfo& input = only_input(model);
  require(is_real(input.type) || input.type == ElementType::kUint8,
          "input '" + input.name + "' of " + to_string(input.type) +
              ", expected real numbers or bytes");
  const Layout layout = layout_of(model, input, options);
  const std::optional<int64_t> batch =
      input.shape && !input.shape->empty() ? input.shape->front() : std::nullopt;
  return {.input = {.name = input.name, .axes = layout.axes, .batch = batch.value_or(1)},
          .spec = spec_of(model, input, layout.shape, options)};
}

}  // namespace floatsd::interchange::onnx
