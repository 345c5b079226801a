#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/file.h"
#include "core/refuse.h"
#include "emit/onnx/metadata.h"
#include "emit/onnx/model.h"
#include "floatsd/core/error.h"
#include "floatsd/interchange/onnx.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "nn/block.h"

namespace floatsd::interchange {
namespace {

using emit::onnx::Attribute;
using emit::onnx::ElementType;
using emit::onnx::Model;
using emit::onnx::Tensor;
using emit::onnx::ValueInfo;

constexpr int64_t kOpset = 17;
constexpr const char* kInput = "input";
/// Protobuf's readers take no larger message.
constexpr size_t kMostBytes = (size_t{1} << 31) - 1;

/// What a node gives: a value of the graph, [N, features] or [N, C, H, W].
struct Value {
  std::string name;
  bool is_row = false;
};

std::vector<Attribute> window_attributes(const Window& window, const Padding& padding) {
  using Numbers = std::vector<int64_t>;
  const auto pair = [](const Extent& extent) { return Numbers{extent.height, extent.width}; };
  return {{"kernel_shape", pair(window.size)},
          {"strides", pair(window.stride)},
          {"pads", Numbers{padding.top, padding.left, padding.bottom, padding.right}}};
}

/// Its padding, and so much behind as the last window needs, which ceil_mode lets in: the versions
/// of ONNX count such windows differently.
Padding whole_padding(const Window& window, const ActivationShape& in) {
  const auto behind = [](int64_t count, int64_t stride, int64_t extent, int64_t before,
                         int padding) {
    return std::max(padding, static_cast<int>((count - 1) * stride + extent - before));
  };
  const Padding& own = window.padding;
  return {own.top, own.left,
          behind(window.rows(in.height), window.stride.height, window.height(), own.top + in.height,
                 own.bottom),
          behind(window.columns(in.width), window.stride.width, window.width(), own.left + in.width,
                 own.right)};
}

/// Whether ceil_mode of ONNX, which counts a window that begins behind the padding, gives as many.
bool has_windows_of_onnx(const Window& window, const ActivationShape& in) {
  const auto count = [](int64_t padded, int64_t extent, int64_t stride) {
    return (padded - extent + stride - 1) / stride + 1;
  };
  const Padding& pad = window.padding;
  return count(in.height + pad.top + pad.bottom, window.height(), window.stride.height) ==
             window.rows(in.height) &&
         count(in.width + pad.left + pad.right, window.width(), window.stride.width) ==
             window.columns(in.width);
}

class Writer {
 public:
  explicit Writer(const nn::Architecture& architecture) : architecture_(architecture) {
    model_.graph_name = architecture.name().empty() ? "network" : architecture.name();
    model_.opsets = {{"", kOpset}};
    const nn::InputSpec& input = architecture.input();
    emit::onnx::add_metadata({.input_shape = {input.channels, input.height, input.width},
                              .mean = input.mean,
                              .deviation = input.deviation,
                              .class_names = architecture.class_names},
                             model_.metadata);
    model_.input = {.name = kInput, .shape_of_one = {input.channels, input.height, input.width}};
    claim(kInput);
    for (const nn::Architecture::Node& node : architecture.nodes()) {
      claim(node.name);
    }
  }

  void write(const nn::Architecture::Node& node, const nn::Block& block) {
    node_ = &node;
    block_ = &block;
    values_.push_back(std::visit([this](const auto& op) { return written(op); }, node.op));
  }

  Model take() {
    const int64_t classes = architecture_.classes();  // throws if there is no node
    const nn::Architecture::Node& last = architecture_.nodes().back();
    node_ = &last;
    const Value value = values_.back();
    const std::string output = value.is_row ? value.name : add("Flatten", {value.name}, {}, "row");
    model_.output = {.name = output, .shape_of_one = {classes}};
    return std::move(model_);
  }

 private:
  void claim(const std::string& name) {
    require(names_.insert(name).second,
            name + ": two values of the ONNX graph would have this name");
  }

  /// Adds an ONNX node, which gives the value of floatsd's node, or one beside it.
  std::string add(const std::string& op_type, std::vector<std::string> inputs,
                  std::vector<Attribute> attributes = {}, const std::string& beside = "") {
    const std::string name = beside.empty() ? node_->name : node_->name + "/" + beside;
    if (!beside.empty()) {
      claim(name);
    }
    model_.nodes.push_back({.name = name,
                            .op_type = op_type,
                            .domain = "",
                            .inputs = std::move(inputs),
                            .output = name,
                            .attributes = std::move(attributes)});
    return name;
  }

  std::string constant(const std::string& what, Tensor value) {
    const std::string name = node_->name + what;
    claim(name);
    model_.constants.emplace_back(name, std::move(value));
    return name;
  }

  std::string numbers(const std::string& what, const std::vector<int64_t>& values) {
    return constant("/" + what, emit::onnx::tensor({std::ssize(values)}, values));
  }

  std::string parameter(const std::string& name) {
    for (const auto& tensors : {block_->named_parameters(), block_->named_buffers()}) {
      for (const auto& entry : tensors) {
        if (entry.first == name) {
          const at::Tensor values = entry.second.detach().contiguous();
          return constant("." + name, {.type = ElementType::kFloat,
                                       .shape = values.sizes().vec(),
                                       .bytes = {static_cast<const char*>(values.const_data_ptr()),
                                                 values.nbytes()}});
        }
      }
    }
    throw Error(node_->name + " has no " + name);
  }

  [[nodiscard]] ActivationShape input_shape() const {
    return architecture_.shape(node_->inputs[0]);
  }

  [[nodiscard]] Value input(size_t index = 0) const {
    const int from = node_->inputs[index];
    return from == nn::kGraphInput ? Value{kInput} : values_[static_cast<size_t>(from)];
  }

  std::string row(size_t index = 0) {
    const Value value = input(index);
    return value.is_row ? value.name
                        : add("Flatten", {value.name}, {}, "row" + std::to_string(index));
  }

  Value written(const nn::op::Conv2d& conv) {
    std::vector<Attribute> attributes = window_attributes(conv.window(), conv.padding);
    attributes.push_back(
        {"dilations", std::vector<int64_t>{conv.dilation.height, conv.dilation.width}});
    attributes.push_back({"group", int64_t{conv.groups}});
    std::vector<std::string> inputs = {input().name, parameter("weight")};
    if (conv.bias) {
      inputs.push_back(parameter("bias"));
    }
    return {add("Conv", std::move(inputs), std::move(attributes))};
  }

  Value written(const nn::op::Linear& /*linear*/) {
    const std::string features = row();
    const std::string weight = parameter("weight");
    return {add("Gemm", {features, weight, parameter("bias")}, {{"transB", int64_t{1}}}), true};
  }

  Value written(const nn::op::BatchNorm& /*norm*/) {
    const Value x = input();
    const std::string weight = parameter("weight");
    const std::string bias = parameter("bias");
    const std::string mean = parameter("running_mean");
    return {add("BatchNormalization", {x.name, weight, bias, mean, parameter("running_var")}),
            x.is_row};
  }

  Value written(const nn::op::Relu& /*relu*/) {
    return {add("Relu", {input().name}), input().is_row};
  }

  Value written(const nn::op::Relu6& /*relu*/) {
    const std::string least = constant("/least", emit::onnx::scalar(0.0F));
    const std::string most = constant("/most", emit::onnx::scalar(6.0F));
    return {add("Clip", {input().name, least, most}), input().is_row};
  }

  Value written(const nn::op::MaxPool& pool) {
    const Window window = pool.moves();
    const Padding whole = whole_padding(window, input_shape());
    const bool fits = std::max(whole.top, whole.bottom) < window.size.height &&
                      std::max(whole.left, whole.right) < window.size.width;
    std::string x = input().name;
    if (!fits) {  // onnxruntime refuses padding as wide as a window, its dilation left aside
      const std::string pads =
          numbers("pads", {0, 0, whole.top, whole.left, 0, 0, whole.bottom, whole.right});
      const std::string least =
          constant("/least", emit::onnx::scalar(-std::numeric_limits<float>::infinity()));
      x = add("Pad", {x, pads, least}, {}, "padded");
    }
    std::vector<Attribute> attributes = window_attributes(window, fits ? whole : Padding(0));
    attributes.push_back(
        {"dilations", std::vector<int64_t>{window.dilation.height, window.dilation.width}});
    return {add("MaxPool", {x}, std::move(attributes))};
  }

  /// What lies beyond the padding never counts; if the padding does, ONNX's own ceil_mode says it,
  /// which has windows that begin behind the padding, too.
  Value written(const nn::op::AveragePool& pool) {
    const Window window = pool.moves();
    const bool counts = pool.count_include_pad && !(pool.padding == Padding(0));
    const Padding whole = whole_padding(window, input_shape());
    const bool is_cut = whole.bottom > window.padding.bottom || whole.right > window.padding.right;
    require(!counts || !is_cut || has_windows_of_onnx(window, input_shape()),
            node_->name +
                ": an average over counted padding, with a last window that begins behind "
                "it along one side and not along the other, which ONNX has not");
    std::vector<Attribute> attributes = window_attributes(window, counts ? window.padding : whole);
    attributes.push_back({"count_include_pad", int64_t{counts ? 1 : 0}});
    attributes.push_back({"ceil_mode", int64_t{counts && is_cut ? 1 : 0}});
    return {add("AveragePool", {input().name}, std::move(attributes))};
  }

  Value written(const nn::op::GlobalAveragePool& /*pool*/) {
    return {add("GlobalAveragePool", {input().name})};
  }

  Value written(const nn::op::Add& /*add*/) {
    const auto [inputs, is_row] = alike();
    return {add("Add", inputs), is_row};
  }

  Value written(const nn::op::Concat& /*concat*/) {
    const auto [inputs, is_row] = alike();
    return {add("Concat", inputs, {{"axis", int64_t{1}}}), is_row};
  }

  /// All inputs as images, or as rows if one of them is one.
  std::pair<std::vector<std::string>, bool> alike() {
    bool is_any_row = false;
    for (size_t i = 0; i < node_->inputs.size(); ++i) {
      is_any_row = is_any_row || input(i).is_row;
    }
    std::vector<std::string> names;
    for (size_t i = 0; i < node_->inputs.size(); ++i) {
      names.push_back(is_any_row ? row(i) : input(i).name);
    }
    return {names, is_any_row};
  }

  Value written(const nn::op::Flatten& flatten) {
    const Value x = input();
    if (x.is_row) {
      return {add("Identity", {x.name}), true};
    }
    std::string image = x.name;
    if (flatten.order == AxesOrder::kChannelsLast) {
      image = add("Transpose", {image}, {{"perm", std::vector<int64_t>{0, 2, 3, 1}}}, "turned");
    }
    return {add("Flatten", {image}), true};
  }

  Value written(const nn::op::Downsample& downsample) {
    const ActivationShape in = input_shape();
    const bool pads = downsample.channels_before > 0 || downsample.channels_after > 0;
    const std::vector<std::string> slice = {
        input().name, numbers("starts", {0, 0}), numbers("ends", {in.height, in.width}),
        numbers("axes", {2, 3}), numbers("steps", {downsample.stride, downsample.stride})};
    const std::string kept = add("Slice", slice, {}, pads ? "kept" : "");
    if (!pads) {
      return {kept};
    }
    return {add("Pad", {kept, numbers("pads", {0, downsample.channels_before, 0, 0, 0,
                                               downsample.channels_after, 0, 0})})};
  }

  const nn::Architecture& architecture_;
  Model model_;
  const nn::Architecture::Node* node_ = nullptr;
  const nn::Block* block_ = nullptr;
  std::vector<Value> values_;
  std::set<std::string> names_;
};

void check_is_float(const train::Checkpoint& checkpoint) {
  const std::string& name = checkpoint.spec.architecture.name();
  require(checkpoint.spec.qconfig.rules.empty(),
          name +
              ": a quantized checkpoint, expected one of a float network (`floatsd convert` and "
              "`floatsd "
              "export --to onnx` write the integer network)");
  require(checkpoint.spec.signals == quant::SignalFormats{},
          name + ": a network of other signals than float32, which ONNX has not");
}

}  // namespace

void export_onnx(const train::Checkpoint& checkpoint, const std::filesystem::path& path) {
  check_is_float(checkpoint);
  const nn::Architecture& architecture = checkpoint.spec.architecture;
  nn::Graph graph(architecture);
  const std::vector<nn::Node> nodes =
      graph.nodes();  // whose blocks are not gone when they are fused
  passes::fuse(graph);
  train::load_state(graph, checkpoint);
  Writer writer(architecture);
  for (size_t i = 0; i < nodes.size(); ++i) {
    writer.write(architecture.nodes()[i], *nodes[i].block);
  }
  const std::string bytes = emit::onnx::serialize(writer.take());
  require(bytes.size() <= kMostBytes, path.string() + ": " + std::to_string(bytes.size()) +
                                          " bytes, expected less than the 2 GiB of an ONNX file");
  write_file(path, bytes);
}

}  // namespace floatsd::interchange
