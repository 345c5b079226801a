#include "floatsd/emit/pytorch_state_dict.h"

#include <ATen/ATen.h>

#include <limits>

#include "floatsd/core/codebook.h"
#include "serialize/torch_file.h"

namespace floatsd::emit {
namespace {

using serialize::Dict;
using serialize::QuantizedTensor;
using serialize::Tuple;

/// By the format, so that a layer's type does not depend on its training.
bool fits_int8(const runtime::Weights& weights) {
  return find_codebook(weights.format).max_level() <= std::numeric_limits<int8_t>::max();
}

QuantizedTensor weight(const runtime::Weights& weights) {
  const at::ScalarType type = fits_int8(weights) ? at::kChar : at::kInt;
  QuantizedTensor result{.codes = at::tensor(weights.levels, type).view(weights.shape),
                         .scales = {weights.scales.begin(), weights.scales.end()},
                         .zero_points = std::vector<int64_t>(weights.scales.size(), 0)};
  if (weights.granularity == Granularity::kPerChannel) {
    result.axis = 0;
  }
  return result;
}

at::Tensor bias(const Requantize& requantize) { return at::tensor(requantize.bias, at::kInt); }

void add_output(Dict& dict, const std::string& name, const QParams& output) {
  dict.add(name + ".scale", at::scalar_tensor(output.scale, at::kFloat));
  dict.add(name + ".zero_point", at::scalar_tensor(output.zero_point, at::kInt));
}

void add(Dict& dict, const std::string& name, const runtime::Conv2d& conv) {
  dict.add(name + ".weight", weight(conv.weights));
  dict.add(name + ".bias", bias(conv.requantize));
  add_output(dict, name, conv.requantize.output);
}

void add(Dict& dict, const std::string& name, const runtime::Linear& linear) {
  add_output(dict, name, linear.requantize.output);
  dict.add(name + "._packed_params.dtype", fits_int8(linear.weights) ? at::kQInt8 : at::kQInt32);
  dict.add(name + "._packed_params._packed_params",
           Tuple{{weight(linear.weights), bias(linear.requantize)}});
}

void add(Dict& dict, const std::string& name, const runtime::Add& sum) {
  add_output(dict, name, sum.requantize.output);
}

void add(Dict& dict, const std::string& name, const runtime::GlobalAveragePool& pool) {
  add_output(dict, name, pool.output);
}

void add(Dict& dict, const std::string& name, const runtime::AveragePool& pool) {
  add_output(dict, name, pool.output);
}

void add(Dict& dict, const std::string& name, const runtime::Concat& concat) {
  add_output(dict, name, concat.output);
}

/// Operators that copy codes.
template <typename Body>
void add(Dict& /*dict*/, const std::string& /*name*/, const Body& /*body*/) {}

}  // namespace

void write_pytorch_state_dict(const runtime::Program& program, const std::filesystem::path& path) {
  Dict dict;
  for (const runtime::Op& op : program.ops) {
    std::visit([&](const auto& body) { add(dict, op.name, body); }, op.body);
  }
  serialize::save_torch_file(path, dict);
}

}  // namespace floatsd::emit
