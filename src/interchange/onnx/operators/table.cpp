// Which operators are translated, and what would be needed for others.

#include <algorithm>
#include <span>
#include <string>

#include "interchange/onnx/operators/translations.h"

namespace floatsd::interchange::onnx {
namespace {

struct Translation {
  const char* op_type;
  Translate translate;
};

constexpr Translation kTranslations[] = {
    {"Conv", translate_convolution},
    {"Gemm", translate_gemm},
    {"MatMul", translate_matmul},
    {"BatchNormalization", translate_batch_norm},
    {"Relu", translate_relu},
    {"Clip", translate_clip},
    {"Max", translate_max},
    {"Min", translate_min},
    {"Softmax", translate_softmax},
    {"LogSoftmax", translate_softmax},
    {"Add", translate_sum},
    {"Sum", translate_sum},
    {"Sub", translate_difference},
    {"Mul", translate_product},
    {"Div", translate_quotient},
    {"Concat", translate_concat},
    {"MaxPool", translate_max_pool},
    {"AveragePool", translate_average_pool},
    {"GlobalAveragePool", translate_global_average},
    {"GlobalMaxPool", translate_global_max},
    {"ReduceMean", translate_reduce_mean},
    {"ReduceMax", translate_reduce_max},
    {"Pad", translate_pad},
    {"Slice", translate_slice},
    {"Identity", translate_identity},
    {"Dropout", translate_identity},
    {"Cast", translate_cast},
    {"Flatten", translate_flatten},
    {"Reshape", translate_reshape},
    {"Squeeze", translate_squeeze},
    {"Unsqueeze", translate_unsqueeze},
    {"Transpose", translate_transpose},
};

/// Of operators that leave the order of the classes as it is, and are dropped behind all others.
constexpr Translation kTranslationsAtEnd[] = {
    {"Sigmoid", translate_sigmoid},
    {"ArgMax", translate_arg_max},
};

struct Refusal {
  const char* op_type;
  const char* needed;
};

constexpr const char* kActivation =
    "an activation that integers compute exactly: relu or relu6 (train the network with one)";
constexpr const char* kFloatNetwork =
    "the float network that this one was quantized from; floatsd quantizes it itself";
constexpr const char* kConvolutions = "a network of convolutions over one image";

constexpr Refusal kRefusals[] = {
    {"LeakyRelu", kActivation},
    {"PRelu", kActivation},
    {"Elu", kActivation},
    {"Selu", kActivation},
    {"Celu", kActivation},
    {"Gelu", kActivation},
    {"Mish", kActivation},
    {"Sigmoid", kActivation},
    {"HardSigmoid", kActivation},
    {"HardSwish", kActivation},
    {"Swish", kActivation},
    {"ArgMax", "an ArgMax at the network's end, where it is dropped"},
    {"Tanh", kActivation},
    {"Softplus", kActivation},
    {"Softsign", kActivation},
    {"ThresholdedRelu", kActivation},
    {"Erf", kActivation},
    {"Exp", kActivation},
    {"QuantizeLinear", kFloatNetwork},
    {"DequantizeLinear", kFloatNetwork},
    {"DynamicQuantizeLinear", kFloatNetwork},
    {"ConvInteger", kFloatNetwork},
    {"MatMulInteger", kFloatNetwork},
    {"QLinearConv", kFloatNetwork},
    {"QLinearMatMul", kFloatNetwork},
    {"LayerNormalization", "batch norm"},
    {"InstanceNormalization", "batch norm"},
    {"GroupNormalization", "batch norm"},
    {"LRN", "batch norm"},
    {"LpNormalization", "batch norm"},
    {"If", "a graph without control flow (export the network for inference, with a fixed image)"},
    {"Loop", "a graph without control flow (export the network for inference, with a fixed image)"},
    {"Scan", "a graph without control flow (export the network for inference, with a fixed image)"},
    {"LSTM", kConvolutions},
    {"GRU", kConvolutions},
    {"RNN", kConvolutions},
    {"Attention", kConvolutions},
    {"ConvTranspose", "convolutions and pools, which make images smaller"},
    {"Resize", "convolutions and pools, which make images smaller"},
    {"Upsample", "convolutions and pools, which make images smaller"},
};

/// Null if it is not there.
Translate find_in(std::span<const Translation> translations, const std::string& op_type) {
  const auto* const found =
      std::find_if(translations.data(), translations.data() + translations.size(),
                   [&](const Translation& translation) { return op_type == translation.op_type; });
  return found == translations.data() + translations.size() ? nullptr : found->translate;
}

}  // namespace

void require_own(const Node& node) {
  need(node.domain.empty() || node.domain == "ai.onnx",
       "ONNX's own operators, found one of '" + node.domain + "'");
}

Translate find_translation(const Node& node, Place place) {
  require_own(node);
  if (const Translate found = find_in(kTranslations, node.op_type)) {
    return found;
  }
  if (const Translate found = find_in(kTranslationsAtEnd, node.op_type);
      place == Place::kAtEnd && found != nullptr) {
    return found;
  }
  for (const Refusal& refusal : kRefusals) {
    if (node.op_type == refusal.op_type) {
      throw Unsupported(refusal.needed);
    }
  }
  throw Unsupported("an operator that floatsd has (docs/importing.md)");
}

}  // namespace floatsd::interchange::onnx
