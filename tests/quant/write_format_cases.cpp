// write_format_cases OUT: the minifloats' codes and roundings, the integer formats' levels and
// gradients, and the small floating-point formats' levels and stored codes, for formats_test.py.

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <string>

#include "core/minifloat.h"
#include "floatsd/core/codebook.h"
#include "ops/fake_quantize.h"
#include "serialize/torch_file.h"

using namespace floatsd;

namespace {

/// Every value of the format, every middle between two, and the floats beside those.
at::Tensor inputs_for(const Minifloat& format) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> inputs = {0.0F, -0.0F, kInfinity, 1e30F, 1e-30F};
  for (int code = 0; code < 128; ++code) {
    const float value = decode(format, static_cast<uint8_t>(code));
    if (!std::isfinite(value)) {
      continue;
    }
    const float neighbour = code < 127 ? decode(format, static_cast<uint8_t>(code + 1)) : kInfinity;
    // Beyond the largest lies the value that one more code would have.
    const float step = value - decode(format, static_cast<uint8_t>(code == 0 ? 0 : code - 1));
    const float middle = 0.5F * (value + (std::isfinite(neighbour) ? neighbour : value + step));
    for (const float x :
         {value, middle, std::nextafter(middle, 0.0F), std::nextafter(middle, kInfinity)}) {
      inputs.insert(inputs.end(), {x, -x});
    }
  }
  return at::tensor(inputs);
}

serialize::Dict minifloat_case(const Minifloat& format) {
  const at::Tensor inputs = inputs_for(format);
  const at::Tensor rounded = at::empty_like(inputs);
  const at::Tensor saturated = at::empty_like(inputs);
  const auto count = static_cast<size_t>(inputs.numel());
  const std::span in(inputs.const_data_ptr<float>(), count);
  round_to(format, in, {rounded.mutable_data_ptr<float>(), count}, Overflow::kInfinite);
  round_to(format, in, {saturated.mutable_data_ptr<float>(), count}, Overflow::kSaturate);
  std::vector<float> values;
  for (int code = 0; code < 256; ++code) {
    values.push_back(decode(format, static_cast<uint8_t>(code)));
  }
  serialize::Dict record;
  record.add("inputs", inputs);
  record.add("rounded", rounded);
  record.add("saturated", saturated);
  record.add("values", at::tensor(values));
  return record;
}

/// Weights whose integers reach a step beyond the format's, random ones and exact ties.
serialize::Dict integer_case(const Codebook& book, const std::vector<float>& scales) {
  const auto channels = static_cast<int64_t>(scales.size());
  const auto reach = static_cast<double>(book.max_level() + 1);
  const at::Tensor ties = at::arange(-reach, reach + 0.25, 0.5, at::kFloat);
  const at::Tensor units =
      at::cat({ties.expand({4, -1}), (at::rand({4, 2000}) * 2 - 1) * reach}, /*dim=*/1);
  const at::Tensor scale = channels == 1 ? at::tensor(scales) : at::tensor(scales).reshape({4, 1});
  const at::Tensor weights = (units * scale).requires_grad_();
  const at::Tensor levels = ops::quantize_weights(weights, scales, book);
  (levels * scale).sum().backward();
  serialize::Dict record;
  record.add("weights", weights.detach());
  record.add("scales", at::tensor(scales));
  record.add("largest", int64_t{book.max_level()});
  record.add("levels", levels.detach());
  record.add("gradient", weights.grad());
  return record;
}

/// Every level, every middle between two and the floats beside it, beyond the ends, too.
serialize::Dict float_case(const Codebook& book, int units_in_one) {
  std::vector<float> inputs;
  std::vector<int64_t> levels;
  std::vector<int64_t> codes;
  for (size_t i = 0; i < book.magnitudes.size(); ++i) {
    const int level = book.magnitudes[i];
    const auto value = static_cast<float>(level);
    const float middle =
        i == 0 ? 0.25F : 0.5F * (value + static_cast<float>(book.magnitudes[i - 1]));
    for (const float u :
         {value, middle, std::nextafter(middle, 0.0F), std::nextafter(middle, 2 * middle)}) {
      inputs.insert(inputs.end(), {u, -u});
    }
    levels.insert(levels.end(), {level, -level});
    codes.insert(codes.end(), {book.positive_codes[i], book.negative_codes[i]});
  }
  inputs.insert(inputs.end(), {1.25F * inputs[inputs.size() - 8], 1000.0F, -1000.0F});
  const at::Tensor weights = at::tensor(inputs) / units_in_one;
  const float scale = 1.0F / static_cast<float>(units_in_one);
  serialize::Dict record;
  record.add("weights", weights);
  record.add("rounded", ops::quantize_weights(weights, {scale}, book) * scale);
  record.add("values", at::tensor(levels).to(at::kFloat) * scale);
  record.add("codes", at::tensor(codes));
  return record;
}

}  // namespace

int main(int, char** argv) {
  at::manual_seed(3);
  serialize::Dict minifloats_dict;
  for (const Minifloat& format : minifloats()) {
    minifloats_dict.add(format.name, minifloat_case(format));
  }
  serialize::Dict integers;
  for (int bits = 2; bits <= 8; ++bits) {
    const std::string name = "int" + std::to_string(bits);
    const Codebook& book = find_codebook(name);
    integers.add(name + ":per-tensor", integer_case(book, {0.0625F}));
    integers.add(name + ":per-channel", integer_case(book, {0.25F, 0.0625F, 2.0F, 0.5F}));
  }
  serialize::Dict floats;
  floats.add("fp4-e2m1", float_case(find_codebook("fp4-e2m1"), 2));
  floats.add("fp6-e2m3", float_case(find_codebook("fp6-e2m3"), 8));
  floats.add("fp6-e3m2", float_case(find_codebook("fp6-e3m2"), 16));
  serialize::Dict cases;
  cases.add("floats", std::move(floats));
  cases.add("minifloats", std::move(minifloats_dict));
  cases.add("integers", std::move(integers));
  serialize::save_torch_file(argv[1], std::move(cases));
}
