// The style that equals the interpreter in every code. Sums of products are int32, as ConvInteger
// and MatMulInteger have them. From there on everything is double, which holds each number exactly:
// |acc + bias| < 2^31 and multiplier < 2^16, so that acc * (multiplier * 2^-shift) is an integer
// below 2^47 times 2^-shift, the added half makes it one below 2^48, and Floor leaves an integer.

#include <algorithm>
#include <array>
#include <cmath>

#include "emit/onnx/operators.h"
#include "emit/onnx/styles.h"
#include "emit/onnx/ties.h"

namespace floatsd::emit::onnx {
namespace {

using runtime::Add;
using runtime::AveragePool;
using runtime::Clamp;
using runtime::Concat;
using runtime::Conv2d;
using runtime::Downsample;
using runtime::Flatten;
using runtime::GlobalAveragePool;
using runtime::Linear;
using runtime::MaxPool;
using runtime::Weights;

struct IntegerOperators {
  Value operator()(const Site& site, const Conv2d& conv) const;
  Value operator()(const Site& site, const Linear& linear) const;
  Value operator()(const Site& site, const Add& add) const;
  Value operator()(const Site& site, const GlobalAveragePool& pool) const;
  Value operator()(const Site& site, const Downsample& downsample) const;
  Value operator()(const Site& site, const Concat& concat) const;
  Value operator()(const Site& site, const MaxPool& pool) const;
  Value operator()(const Site& site, const AveragePool& pool) const;
  Value operator()(const Site& site, const Flatten& flatten) const;
  Value operator()(const Site& site, const Clamp& clamp) const;
};

/// Levels are written in digits of base 256, each less than 128 in magnitude or -128, as unsigned
/// bytes with this zero point: onnxruntime's products of unsigned and signed bytes saturate at 16
/// bits on x86 machines without VNNI, those of two unsigned bytes do not.
constexpr int kDigitBase = 256;
constexpr int kDigitZero = 128;

std::string to_double(Graph& graph, const std::string& value) {
  return graph.add("Cast", {value}, {{"to", static_cast<int64_t>(ElementType::kDouble)}});
}

std::string to_int32(Graph& graph, const std::string& value) {
  return graph.add("Cast", {value}, {{"to", static_cast<int64_t>(ElementType::kInt32)}});
}

std::string code_constant(Graph& graph, const char* what, int32_t code) {
  return graph.constant(what, scalar(static_cast<uint8_t>(code)));
}

/// The lowest digit of every level, as its byte; `levels` become what is left.
std::vector<uint8_t> take_digit(std::vector<int>& levels) {
  std::vector<uint8_t> bytes;
  for (int& level : levels) {
    const int byte = (level + kDigitZero) & (kDigitBase - 1);
    bytes.push_back(static_cast<uint8_t>(byte));
    level = (level + kDigitZero - byte) / kDigitBase;
  }
  return bytes;
}

bool any(const std::vector<int>& levels) {
  return std::any_of(levels.begin(), levels.end(), [](int level) { return level != 0; });
}

/// The sum over the digits of multiply(digit's bytes) * base^place, in double.
template <typename Multiply>
std::string sum_of_digits(Graph& graph, const Weights& weights, const Multiply& multiply) {
  std::vector<int> rest(weights.levels.begin(), weights.levels.end());
  std::string sum = to_double(graph, multiply(take_digit(rest)));
  for (double unit = kDigitBase; any(rest); unit *= kDigitBase) {
    const std::string product = to_double(graph, multiply(take_digit(rest)));
    const std::string shifted =
        graph.add("Mul", {product, graph.constant("digit_unit", scalar(unit))});
    sum = graph.add("Add", {sum, shifted});
  }
  return sum;
}

struct Rounding {
  std::vector<double> multipliers;  ///< one, or one for each channel, or for each pixel
  QParams output;
  int32_t lower_code = kMinCode;
  int32_t upper = kMaxCode;
};

/// Codes of `sum`, a double: clamp(floor(sum * multiplier + 1/2) + zero point, lower, upper).
/// `shape` makes the multipliers meet the channels or the pixels.
std::string requantize(Graph& graph, const std::string& sum, const std::vector<int64_t>& shape,
                       const Rounding& by) {
  const auto number = [&](const char* what, double value) {
    return graph.constant(what, scalar(value));
  };
  const std::string scaled =
      graph.add("Mul", {sum, graph.constant("multiplier", tensor(shape, by.multipliers))});
  const std::string rounded = graph.add("Floor", {graph.add("Add", {scaled, number("half", 0.5)})});
  const std::string code = graph.add("Add", {rounded, number("zero_point", by.output.zero_point)});
  const std::string clamped =
      graph.add("Clip", {code, number("lower", by.lower_code), number("upper", by.upper)});
  return graph.add("Cast", {clamped}, {{"to", static_cast<int64_t>(ElementType::kUint8)}});
}

/// The same of a layer with weights, behind its bias.
std::string requantize(Graph& graph, const std::string& sum, const std::vector<int64_t>& shape,
                       const Requantize& by) {
  const std::vector<double> bias(by.bias.begin(), by.bias.end());
  Rounding rounding{
      .multipliers = {}, .output = by.output, .lower_code = by.lower_code(), .upper = by.upper};
  for (const FixedPoint& multiplier : by.multipliers) {
    rounding.multipliers.push_back(real(multiplier));
  }
  const std::string biased = graph.add("Add", {sum, graph.constant("bias", tensor(shape, bias))});
  return requantize(graph, biased, shape, rounding);
}

Value IntegerOperators::operator()(const Site& site, const Conv2d& conv) const {
  Graph& graph = site.graph;
  const std::string codes = graph.image(site.inputs[0]);
  const std::string zero =
      code_constant(graph, "input_zero_point", site.input_qparams().zero_point);
  const std::string digit_zero = code_constant(graph, "weight_zero_point", kDigitZero);
  std::string sum = sum_of_digits(graph, conv.weights, [&](const std::vector<uint8_t>& bytes) {
    const std::string weight = graph.constant("weight", tensor(conv.weights.shape, bytes));
    return graph.add("ConvInteger", {codes, weight, zero, digit_zero}, window_attributes(conv));
  });
  if (conv.pool > 1) {
    sum = graph.add("MaxPool", {sum}, pool_attributes(conv.pool));
  }
  return {requantize(graph, sum, {1, conv.weights.shape[0], 1, 1}, conv.requantize)};
}

/// [O, I] -> [I, O].
std::vector<uint8_t> transposed(const std::vector<uint8_t>& bytes, size_t rows) {
  const size_t columns = bytes.size() / rows;
  std::vector<uint8_t> result(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    result[i % columns * rows + i / columns] = bytes[i];
  }
  return result;
}

Value IntegerOperators::operator()(const Site& site, const Linear& linear) const {
  Graph& graph = site.graph;
  const int64_t outputs = linear.weights.shape[0];
  const std::string codes = graph.flat(site.inputs[0]);
  const std::string zero =
      code_constant(graph, "input_zero_point", site.input_qparams().zero_point);
  const std::string digit_zero = code_constant(graph, "weight_zero_point", kDigitZero);
  const std::string sum =
      sum_of_digits(graph, linear.weights, [&](const std::vector<uint8_t>& bytes) {
        const std::string weight =
            graph.constant("weight", tensor({linear.weights.shape[1], outputs},
                                            transposed(bytes, static_cast<size_t>(outputs))));
        return graph.add("MatMulInteger", {codes, weight, zero, digit_zero});
      });
  return {requantize(graph, sum, {outputs}, linear.requantize), true};
}

/// (code - zero point) * multiplier, in int32: of the index-th input of a sum.
std::string term(const Site& site, const std::string& codes, size_t index, int32_t multiplier) {
  Graph& graph = site.graph;
  const std::string zero =
      graph.constant("input_zero_point", scalar(site.input_qparams(index).zero_point));
  const std::string value = graph.add("Sub", {to_int32(graph, codes), zero});
  return graph.add("Mul", {value, graph.constant("input_multiplier", scalar(multiplier))});
}

Value IntegerOperators::operator()(const Site& site, const Add& add) const {
  Graph& graph = site.graph;
  const AddRequantize& by = add.requantize;
  const bool is_flat = site.inputs[0].is_flat && site.inputs[1].is_flat;
  std::array<std::string, 2> terms;
  for (size_t i = 0; i < terms.size(); ++i) {
    const Value& input = site.inputs[i];
    terms[i] = term(site, is_flat ? input.name : graph.image(input), i, by.multipliers[i]);
  }
  const std::string sum = to_double(graph, graph.add("Add", {terms[0], terms[1]}));
  return {requantize(graph, sum, {},
                     Rounding{.multipliers = {std::ldexp(1.0, -by.shift)},
                              .output = by.output,
                              .lower_code = by.lower_code(),
                              .upper = by.upper}),
          is_flat};
}

Value IntegerOperators::operator()(const Site& site, const GlobalAveragePool& pool) const {
  Graph& graph = site.graph;
  const ActivationShape& in = site.input_shapes[0];
  const auto zeros = static_cast<int32_t>(in.height * in.width * site.input_qparams().zero_point);
  const std::string sum = graph.add("ReduceSum",
                                    {to_int32(graph, graph.image(site.inputs[0])),
                                     graph.constant("axes", tensor<int64_t>({2}, {2, 3}))},
                                    {{"keepdims", int64_t{0}}});
  const std::string centred = graph.add("Sub", {sum, graph.constant("zeros", scalar(zeros))});
  return {requantize(graph, to_double(graph, centred), {},
                     Rounding{.multipliers = {real(pool.multiplier)}, .output = pool.output}),
          true};
}

Value IntegerOperators::operator()(const Site& site, const Downsample& downsample) const {
  Graph& graph = site.graph;
  return write_downsample(site, downsample, graph.image(site.inputs[0]),
                          code_constant(graph, "zero_point", site.input_qparams().zero_point));
}

Value IntegerOperators::operator()(const Site& site, const Concat& concat) const {
  Graph& graph = site.graph;
  const bool is_flat = site.inputs[0].is_flat;
  std::vector<std::string> parts;
  for (size_t i = 0; i < site.inputs.size(); ++i) {
    const Value& input = site.inputs[i];
    const std::string value =
        term(site, is_flat ? graph.flat(input) : graph.image(input), i, /*multiplier=*/1);
    parts.push_back(requantize(
        graph, to_double(graph, value), {},
        Rounding{.multipliers = {real(concat.multipliers[i])}, .output = concat.output}));
  }
  return {graph.add("Concat", parts, {{"axis", int64_t{1}}}), is_flat};
}

Value IntegerOperators::operator()(const Site& site, const MaxPool& pool) const {
  Graph& graph = site.graph;
  return write_max_pool(site, pool, graph.image(site.inputs[0]),
                        [&] { return code_constant(graph, "lowest", kMinCode); });
}

Value IntegerOperators::operator()(const Site& site, const AveragePool& pool) const {
  Graph& graph = site.graph;
  const ActivationShape& in = site.input_shapes[0];
  const ActivationShape out = pool_shape(pool.window, in);
  const Extent& size = pool.window.size;
  const std::vector<uint8_t> ones(static_cast<size_t>(in.channels * size.height * size.width),
                                  uint8_t{1});
  std::vector<Attribute> attributes = window_attributes(pool.window, in);
  attributes.push_back({"group", in.channels});
  const std::string sum =
      graph.add("ConvInteger",
                {graph.image(site.inputs[0]),
                 graph.constant("ones", tensor({in.channels, 1, size.height, size.width}, ones)),
                 code_constant(graph, "input_zero_point", site.input_qparams().zero_point)},
                attributes);
  Rounding rounding{.multipliers = {}, .output = pool.output};
  for (const FixedPoint& multiplier : runtime::pixel_multipliers(pool, in)) {
    rounding.multipliers.push_back(real(multiplier));
  }
  return {requantize(graph, to_double(graph, sum), {1, 1, out.height, out.width}, rounding)};
}

Value IntegerOperators::operator()(const Site& site, const Flatten& flatten) const {
  return write_flatten(site, flatten);
}

Value IntegerOperators::operator()(const Site& site, const Clamp& clamp) const {
  Graph& graph = site.graph;
  const Value& input = site.inputs[0];
  return {graph.add("Clip", {input.name, code_constant(graph, "lower", clamp.lower),
                             code_constant(graph, "upper", clamp.upper)}),
          input.is_flat};
}

/// The codes of pixel bytes: entry [channel, byte] of the input table.
Value input_codes(const runtime::Program& program, Graph& graph, const Value& bytes) {
  if (program.input_table.empty()) {
    return bytes;
  }
  const int64_t channels = program.input_shape.channels;
  const auto entries = static_cast<int64_t>(program.input_table.size());
  std::vector<int32_t> first_entries;
  for (int64_t c = 0; c < channels; ++c) {
    first_entries.push_back(static_cast<int32_t>(c * (kMaxCode + 1)));
  }
  const std::string table = graph.constant("table", tensor({entries}, program.input_table));
  const std::string entry =
      graph.add("Add", {to_int32(graph, bytes.name),
                        graph.constant("first_entry", tensor({channels, 1, 1}, first_entries))});
  return {graph.add("Gather", {table, entry})};
}

}  // namespace

void write_integer(const runtime::Program& program, Graph& graph) {
  const Value bytes = graph.set_input(ElementType::kUint8, program.input_shape);
  const Value codes = input_codes(program, graph, bytes);
  const Value last =
      write_operators(program, graph, codes, ElementType::kUint8, IntegerOperators{});
  write_real_output(program, graph, last);
}

}  // namespace floatsd::emit::onnx
