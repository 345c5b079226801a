#include "floatsd/runtime/model_file.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <string>

#include "catch.h"
#include "core/file.h"
#include "core/safetensors.h"
#include "floatsd/core/error.h"
#include "sample_program.h"
#include "temporary_folder.h"

using namespace floatsd;
using namespace floatsd::runtime;

namespace {

/// As write_file, but not flushed to disk: thousands of damaged files are written here.
void write_quickly(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string saved(const Program& program) {
  const TemporaryFolder folder;
  save_model(program, folder / "model.safetensors");
  return read_file(folder / "model.safetensors");
}

Program loaded(const std::string& bytes) {
  const TemporaryFolder folder;
  write_quickly(folder / "model.safetensors", bytes);
  return load_model(folder / "model.safetensors");
}

/// The line with which load_model refuses `bytes`, without the path that it must begin with.
std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = (folder / "model.safetensors").string();
  write_quickly(path, bytes);
  const auto behind_path = [&](const std::string& message) {
    REQUIRE(message.starts_with(path + ": "));
    REQUIRE(message.find('\n') == std::string::npos);
    return message.substr(path.size() + 2);
  };
  try {
    load_model(path);
  } catch (const FormatViolation& error) {
    return "FormatViolation: " + behind_path(error.what());
  } catch (const Error& error) {
    return behind_path(error.what());
  }
  return "none";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// A safetensors file of that header and those tensors' bytes.
std::string with_header(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + data;
}

/// How load_model refuses the tiny model with `from` in its safetensors header replaced by `to`.
std::string header_refusal(const std::string& from, const std::string& to) {
  const std::string bytes = saved(sample::tiny(1));
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return refusal(
      with_header(replaced(bytes.substr(8, length), from, to), bytes.substr(8 + length)));
}

/// How load_model refuses a model with `from` in its program replaced by `to`.
std::string program_refusal(const std::string& from, const std::string& to,
                            const Program& program = sample::tiny(1)) {
  Safetensors file = read_safetensors(saved(program));
  file.metadata["program"] = replaced(file.metadata["program"], from, to);
  return refusal(write_safetensors(file));
}

RawTensor& find(Safetensors& file, const std::string& name) {
  for (auto& [key, tensor] : file.tensors) {
    if (key == name) {
      return tensor;
    }
  }
  throw Error("the test's file has no " + name);
}

/// How load_model refuses a model with that tensor changed.
std::string tensor_refusal(const std::string& name, const std::function<void(RawTensor&)>& change,
                           const Program& program = sample::tiny(1)) {
  Safetensors file = read_safetensors(saved(program));
  change(find(file, name));
  return refusal(write_safetensors(file));
}

template <typename T>
std::function<void(RawTensor&)> put(size_t index, T value) {
  return [=](RawTensor& tensor) {
    std::memcpy(tensor.bytes.data() + index * sizeof(T), &value, sizeof(T));
  };
}

void check_equal(const Weights& found, const Weights& expected) {
  CHECK(found.format == expected.format);
  CHECK(found.granularity == expected.granularity);
  CHECK(found.shape == expected.shape);
  CHECK(found.levels == expected.levels);
  CHECK(found.scales == expected.scales);
}

void check_equal(const Op& found, const Op& expected) {
  CHECK(found.name == expected.name);
  CHECK(found.inputs == expected.inputs);
  REQUIRE(found.body.index() == expected.body.index());
  if (weights(expected) != nullptr) {
    check_equal(*weights(found), *weights(expected));
    CHECK(*requantization(found) == *requantization(expected));
  }
  if (const auto* conv = std::get_if<Conv2d>(&expected.body)) {
    const auto& other = std::get<Conv2d>(found.body);
    CHECK(other.stride == conv->stride);
    CHECK(other.padding == conv->padding);
    CHECK(other.dilation == conv->dilation);
    CHECK(other.groups == conv->groups);
    CHECK(other.pool == conv->pool);
  } else if (const auto* add = std::get_if<Add>(&expected.body)) {
    CHECK(std::get<Add>(found.body).requantize == add->requantize);
  } else if (const auto* pool = std::get_if<GlobalAveragePool>(&expected.body)) {
    CHECK(std::get<GlobalAveragePool>(found.body).multiplier == pool->multiplier);
    CHECK(std::get<GlobalAveragePool>(found.body).output == pool->output);
  } else if (const auto* downsample = std::get_if<Downsample>(&expected.body)) {
    const auto& other = std::get<Downsample>(found.body);
    CHECK(other.stride == downsample->stride);
    CHECK(other.channels_before == downsample->channels_before);
    CHECK(other.channels_after == downsample->channels_after);
  }
}

}  // namespace

TEST_CASE("A program comes back from its file as it was", "[model_file]") {
  const Program program = GENERATE(sample::lenet_like(1), sample::lenet_like(2),
                                   sample::residual(1), sample::residual(2), sample::branches(1));
  const Program found = loaded(saved(program));
  CHECK(found.network == program.network);
  CHECK(found.input_shape == program.input_shape);
  CHECK(found.input == program.input);
  CHECK(found.input_table == program.input_table);
  REQUIRE(found.ops.size() == program.ops.size());
  for (size_t i = 0; i < found.ops.size(); ++i) {
    check_equal(found.ops[i], program.ops[i]);
  }
}

TEST_CASE("What a byte means and how classes are called come back from the file", "[model_file]") {
  Program program = sample::residual(1);
  CHECK(loaded(saved(program)).normalization == Normalization{});
  CHECK(loaded(saved(program)).class_names.empty());
  program.normalization = {.mean = {0.4914F, 0, -1}, .deviation = {0.2023F, 1, 1e-7F}};
  program.class_names = {"a", "b \"c\"", "d\n", "", "\u00e9"};
  const Program found = loaded(saved(program));
  CHECK(found.normalization == program.normalization);
  CHECK(found.class_names == program.class_names);
}

TEST_CASE("A file need not say that a byte stands for its 255th part", "[model_file]") {
  const Normalization plain{.mean = {0, 0}, .deviation = {1, 1}};
  Program program = sample::lenet_like(1);  // its input's zero point is 7
  CHECK(loaded(saved(program)).normalization == Normalization{});
  program.input.zero_point = 0;
  const std::string unsaid = saved(program);
  CHECK(loaded(unsaid).normalization == plain);
  program.normalization = plain;
  CHECK(saved(program) == unsaid);
  program.normalization.deviation[1] = 0.5F;
  CHECK(loaded(saved(program)).normalization == program.normalization);
}

TEST_CASE("A normalization or class names of another form are refused", "[model_file]") {
  Program program = sample::tiny(1);
  program.normalization = {.mean = {0.25F}, .deviation = {0.5F}};
  program.class_names = {"yes", "no"};
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"std\"", "\"deviation\""},
                                                        {"\"mean\":[0.25]", "\"mean\":0.25"},
                                                        {"\"mean\":[0.25]", "\"mean\":[\"0.25\"]"},
                                                        {"[\"yes\",\"no\"]", "\"yes\""},
                                                        {"[\"yes\",\"no\"]", "[1,2]"}}) {
    CAPTURE(to);
    CHECK_THAT(program_refusal(from, to, program),
               Catch::StartsWith("its program is not as expected: "));
  }
  CHECK(program_refusal("[0.5]", "[0.5,0.5]", program) ==
        "input: 1 means and 2 deviations, expected 1 of each or none");
  CHECK(program_refusal("[\"yes\",\"no\"]", "[\"yes\"]", program) ==
        "classes: 1 name for 2 outputs");
}

TEST_CASE("A program is saved to the same bytes every time", "[model_file]") {
  const Program program = GENERATE(sample::lenet_like(1), sample::residual(1), sample::branches(1));
  const std::string bytes = saved(program);
  CHECK(saved(program) == bytes);
  CHECK(saved(loaded(bytes)) == bytes);
}

TEST_CASE("Numbers of four bytes lie at a multiple of four", "[model_file]") {
  const std::string bytes =
      saved(GENERATE(sample::tiny(1), sample::residual(1), sample::branches(1)));
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  CHECK(length % 8 == 0);
  size_t offset = 0;
  for (const auto& [name, tensor] : read_safetensors(bytes).tensors) {
    CAPTURE(name);
    CHECK((tensor.dtype == "U8" || tensor.dtype == "I8" || offset % 4 == 0));
    offset += tensor.bytes.size();
  }
}

TEST_CASE("The worked example of docs/model_file.md is what is written", "[model_file]") {
  Linear fc{.weights = {.format = "floatsd4",
                        .shape = {2, 3},
                        .levels = {64, -1, 0, -2, 8, 16},
                        .scales = {0.5F}}};
  fc.requantize = choose_requantize(std::vector{1.0F, -0.5F}, 0.25F, fc.weights.scales, {4.0F, 10});
  const std::string bytes = saved({.network = "tiny",
                                   .input_shape = {3, 1, 1},
                                   .input = {0.25F, 0},
                                   .ops = {{"fc", {kNetworkInput}, fc}}});
  using namespace std::string_literals;
  CHECK(bytes.substr(0, 8) == "\xa8\x02\0\0\0\0\0\0"s);
  CHECK(
      bytes.substr(8 + 0x2a8) ==
      "\x08\0\0\0\xfc\xff\xff\xff\0\x80\0\0\0\x80\0\0\x14\0\0\0\x14\0\0\0\0\0\0\x3f\x86\x97\x43"s);
}

TEST_CASE("A program that is not valid leaves no file", "[model_file]") {
  const TemporaryFolder folder;
  Program program = sample::tiny(1);
  program.ops[1].name = "conv";
  CHECK_THROWS_AS(save_model(program, folder / "model.safetensors"), Error);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("A name that is no UTF-8 is refused when it is saved", "[model_file]") {
  Program program = sample::tiny(1);
  program.ops[1].name = "fc\xff";
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  CHECK_THROWS_WITH(save_model(program, path),
                    path.string() + ": a name in the program is no UTF-8");
}

TEST_CASE("A file that is not there is refused", "[model_file]") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(load_model(folder / "none.safetensors"), Error);
}

TEST_CASE("A model cut off anywhere is refused", "[model_file]") {
  const std::string bytes = saved(sample::tiny(1));
  for (size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    REQUIRE(refusal(bytes.substr(0, length)) != "none");
  }
  CHECK(refusal("") == "0 bytes, too few for a safetensors file");
  CHECK_THAT(refusal(bytes.substr(0, 100)),
             Catch::EndsWith("in a file of 100: truncated, or no safetensors file"));
  CHECK_THAT(refusal(bytes.substr(0, bytes.size() - 1)),
             Catch::StartsWith("fc.weight: its offsets do not fit its shape"));
}

TEST_CASE("A header longer than the file is refused", "[model_file]") {
  CHECK(
      refusal(std::string(8, '\xff') + "{}") ==
      "a header of 18446744073709551615 bytes in a file of 10: truncated, or no safetensors file");
}

TEST_CASE("A header that is no JSON object is refused", "[model_file]") {
  const std::string header = GENERATE("", "{", "[]", "null", "{\"a\": 1e999}", "{\"a\xff\": 1}");
  CHECK_THAT(refusal(with_header(header, "")), Catch::StartsWith("its header is no JSON"));
}

TEST_CASE("Deeply nested JSON is refused, not followed", "[model_file]") {
  constexpr size_t kDepth = 1'000'000;
  const std::string arrays = std::string(kDepth, '[') + std::string(kDepth, ']');
  std::string objects;
  for (size_t i = 0; i < kDepth; ++i) {
    objects += "{\"a\":";
  }
  objects += "0" + std::string(kDepth, '}');
  const std::string message = " is nested deeper than 16";
  CHECK(refusal(with_header(std::string(kDepth, '['), "")) == "its header" + message);
  for (const std::string& deep : {arrays, objects}) {
    CHECK(refusal(with_header(deep, "")) == "its header" + message);
    CHECK(refusal(with_header("{\"__metadata__\": " + deep + "}", "")) == "its header" + message);
    CHECK(refusal(with_header("{\"a\": " + deep + "}", "")) == "its header" + message);
    CHECK(program_refusal("\"network\":\"tiny\"", "\"network\":" + deep) ==
          "its program" + message);
  }
}

TEST_CASE("A header entry of another type is refused", "[model_file]") {
  const std::string entry = "{\"dtype\":\"I32\",\"shape\":[3],\"data_offsets\":[0,12]}";
  const auto changed = GENERATE(values<std::string>(
      {"7", "[]", "{}", "null", "{\"dtype\":4,\"shape\":[3],\"data_offsets\":[0,12]}",
       "{\"dtype\":\"I32\",\"shape\":3,\"data_offsets\":[0,12]}",
       "{\"dtype\":\"I32\",\"shape\":[3],\"data_offsets\":\"0\"}",
       "{\"dtype\":\"I32\",\"shape\":[3],\"data_offsets\":{\"a\":0}}"}));
  CHECK_THAT(header_refusal(entry, changed),
             Catch::StartsWith("conv.bias: its entry is not as expected: "));
}

TEST_CASE("Offsets that overlap, leave a gap or leave the file are refused", "[model_file]") {
  const std::string offsets = GENERATE("[0,13]", "[0,11]", "[1,13]", "[12,0]", "[0]", "[0,12,24]",
                                       "[-1,11]", "[0,1000000]");
  CHECK_THAT(header_refusal("[0,12]", offsets),
             Catch::StartsWith("conv.bias: its offsets do not fit its shape"));
}

TEST_CASE("A tensor that lies on the one before it is refused", "[model_file]") {
  CHECK_THAT(header_refusal("[12,24]", "[0,12]"),
             Catch::StartsWith("conv.multiplier: its offsets do not fit its shape"));
}

TEST_CASE("A tensor shape that is negative or huge is refused", "[model_file]") {
  const std::string shape =
      GENERATE("[-3]", "[-3,-1]", "[9223372036854775807]",
               "[4294967296,4294967296,4294967296,4294967296]", "[0,9223372036854775807]");
  CHECK_THAT(header_refusal("[3]", shape),
             Catch::StartsWith("conv.bias: its offsets do not fit its shape"));
}

TEST_CASE("A number that is no integer of its size is refused", "[model_file]") {
  CHECK(header_refusal("[3]", "[3.5]") ==
        "conv.bias: shape has 3.5, expected an integer of 64 bits");
  CHECK(header_refusal("[3]", "[18446744073709551615]") ==
        "conv.bias: shape has 18446744073709551615, expected an integer of 64 bits");
  CHECK(header_refusal("[0,12]", "[0,\"12\"]") ==
        "conv.bias: data_offsets has \"12\", expected an integer of 64 bits");
  const auto [key, value] =
      GENERATE(table<std::string, std::string>({{"\"stride\":1", "1.5"},
                                                {"\"stride\":1", "true"},
                                                {"\"stride\":1", "\"1\""},
                                                {"\"pool\":2", "4294967298"},
                                                {"\"groups\":1", "-4294967295"},
                                                {"\"zero_point\":7", "7.0"}}));
  const std::string name = key.substr(1, key.find('"', 1) - 1);
  const std::string with_value = key.substr(0, key.find(':') + 1) + value;
  CHECK(program_refusal(key, with_value) ==
        name + " " + value + ", expected an integer of 32 bits");
  CHECK(program_refusal("\"inputs\":[0]", "\"inputs\":[4294967296]") ==
        "inputs has 4294967296, expected an integer of 32 bits");
}

TEST_CASE("A key that stands twice is refused", "[model_file]") {
  CHECK(header_refusal("\"fc.bias\"", "\"conv.bias\"") == "its header names 'conv.bias' twice");
  CHECK(header_refusal("\"version\":\"2\"", "\"version\":\"2\",\"version\":\"2\"") ==
        "its header names 'version' twice");
  CHECK(program_refusal("\"stride\":1", "\"stride\":1,\"stride\":1") ==
        "its program names 'stride' twice");
}

TEST_CASE("Bytes behind the tensors are refused", "[model_file]") {
  CHECK(refusal(saved(sample::tiny(1)) + "xy") == "2 bytes left over behind the tensors");
}

TEST_CASE("A safetensors file of another program is refused", "[model_file]") {
  const std::string message = "a safetensors file, but no floatsd model";
  CHECK(refusal(write_safetensors({})) != "none");
  CHECK(refusal(with_header("{}", "")) == message);
  CHECK(refusal(with_header("{\"__metadata__\":{\"format\":\"pt\"}}", "")) == message);
  CHECK(refusal(with_header("{\"__metadata__\":{\"format\":\"floatsd\",\"version\":\"2\"}}", "")) ==
        message);
  CHECK(refusal(with_header("{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\","
                            "\"shape\":[1],\"data_offsets\":[0,4]}}",
                            "abcd")) == message);
  CHECK(header_refusal("\"format\":\"floatsd\"", "\"format\":\"pt\"") == message);
}

TEST_CASE("An element type that no model has is refused with its tensor", "[model_file]") {
  CHECK(header_refusal("\"I32\"", "\"I33\"") ==
        "conv.bias: element type I33, expected one of safetensors' (F32, I8 ...)");
}

TEST_CASE("A window with sides of its own comes back, in a file that says version 3",
          "[model_file]") {
  std::mt19937 random(7);
  const auto sizes = GENERATE(values<sample::ConvSizes>(
      {{.in = 4, .out = 6, .kernel = {3, 1}},
       {.in = 4, .out = 6, .kernel = 2, .stride = {2, 1}},
       {.in = 4, .out = 6, .kernel = 2, .padding = {1, 0, 0, 2}},
       {.in = 4, .out = 6, .kernel = 2, .dilation = {1, 3}, .groups = 2}}));
  Program program{
      .network = "one", .input_shape = {4, 7, 8}, .input = {.scale = 0.01F, .zero_point = 3}};
  program.ops = {{"conv", {kNetworkInput}, sample::conv(random, "int8", sizes, 0.01F)}};
  const TemporaryFolder folder;
  save_model(program, folder / "m.safetensors");
  check_equal(load_model(folder / "m.safetensors").ops[0], program.ops[0]);
  const bool is_square = sizes.kernel == Extent(3, 1);  // version 2 had kernels of any sides
  CHECK(read_safetensors(read_file(folder / "m.safetensors")).metadata.at("version") ==
        (is_square ? "2" : "3"));
}

TEST_CASE("Another version is refused", "[model_file]") {
  CHECK(header_refusal("\"version\":\"2\"", "\"version\":\"1\"") ==
        "model version 1, expected 2 or 3");
}

TEST_CASE("A program that is no JSON is refused", "[model_file]") {
  Safetensors file = read_safetensors(saved(sample::tiny(1)));
  file.metadata["program"] = GENERATE("", "{", "{\"a\": 1e999}");
  CHECK_THAT(refusal(write_safetensors(file)),
             Catch::StartsWith("its program is no JSON: line 1, column "));
}

TEST_CASE("A program with a key missing or of another type is refused", "[model_file]") {
  const auto [from, to] = GENERATE(table<std::string, std::string>({
      {"\"network\":\"tiny\"", "\"network\":1"},
      {"\"network\"", "\"netwerk\""},
      {"\"input\":{", "\"imput\":{"},
      {"\"shape\":[1,4,4]", "\"shape\":\"1\""},
      {"\"scale\":", "\"scale\":\"1\",\"was\":"},
      {"\"name\":\"conv\"", "\"name\":null"},
      {"\"inputs\":[-1]", "\"inputs\":-1"},
      {"\"relu\":", "\"relu\":1,\"was\":"},
      {"\"stride\":1", "\"slide\":1"},
      {"\"weight\":{", "\"weight\":[],\"was\":{"},
      {"\"format\":\"floatsd4\"", "\"format\":4"},
      {"\"ops\":[", "\"ops\":[7,"},
      {"\"ops\":[", "\"ops\":7,\"was\":["},
      {"\"ops\":[", "\"ops\":\"conv\",\"was\":["},
  }));
  CAPTURE(from, to);
  CHECK_THAT(program_refusal(from, to), Catch::StartsWith("its program is not as expected: "));
}

TEST_CASE("Unknown names in the program are refused", "[model_file]") {
  CHECK(program_refusal("\"kind\":\"conv2d\"", "\"kind\":\"conv3d\"") ==
        "conv: operator kind 'conv3d' is unknown");
  CHECK(program_refusal("per-channel", "per-row") == "conv: granularity 'per-row' is unknown");
  CHECK_THAT(program_refusal("floatsd4", "floatsd5"),
             Catch::StartsWith("conv.weight: format 'floatsd5' is unknown"));
}

TEST_CASE("A weight shape that its bytes do not fill is refused", "[model_file]") {
  CHECK(program_refusal("\"shape\":[3,1,3,3]", "\"shape\":[3,1,3,5]") ==
        "conv.weight: floatsd4: 14 bytes, expected 23 for 45 weights");
  const auto shape = GENERATE(values<std::string>(
      {"[-3,-1,3,3]", "[0,1,3,3]", "[3,1,3,4294967295]", "[3,1,3,9223372036854775807]"}));
  CHECK(program_refusal("\"shape\":[3,1,3,3]", "\"shape\":" + shape) ==
        "conv: a weight shape that is empty or too large");
}

TEST_CASE("An input shape that is no image's is refused", "[model_file]") {
  CHECK(program_refusal("[1,4,4]", "[1,4]") == "input: expected a shape [C, H, W]");
  CHECK(program_refusal("[1,4,4]", "[1,4,-4]") ==
        "input: an image of shape [1, 4, -4], expected sizes from 1 to 32768");
}

TEST_CASE("A tensor of another element type is refused", "[model_file]") {
  CHECK(tensor_refusal("conv.bias", [](RawTensor& t) { t.dtype = "F32"; }) ==
        "conv.bias: element type F32, expected I32");
  CHECK(tensor_refusal("conv.weight", [](RawTensor& t) { t.dtype = "I8"; }) ==
        "conv.weight: element type I8, expected U8");
}

TEST_CASE("A tensor of another shape is refused, INT8 weights included", "[model_file]") {
  CHECK(tensor_refusal("conv.bias", [](RawTensor& t) { t.shape = {1, 3}; }) ==
        "conv.bias: shape [1, 3], expected [3]");
  CHECK(tensor_refusal("conv.weight", [](RawTensor& t) { t.shape.push_back(1); }) ==
        "conv.weight: shape [14, 1], expected [14]");
  Linear fc{
      .weights = {
          .format = "int8", .shape = {2, 3}, .levels = {64, -1, 0, -2, 8, 16}, .scales = {0.5F}}};
  fc.requantize = choose_requantize(std::vector{1.0F, -0.5F}, 0.25F, fc.weights.scales, {4.0F, 10});
  Safetensors file = read_safetensors(saved({.network = "tiny",
                                             .input_shape = {3, 1, 1},
                                             .input = {0.25F, 0},
                                             .input_table = {},
                                             .ops = {{"fc", {kNetworkInput}, fc}}}));
  REQUIRE(file.tensors.back().first == "fc.weight");
  std::ranges::reverse(file.tensors.back().second.shape);
  CHECK(refusal(write_safetensors(file)) == "fc.weight: shape [3, 2], expected [2, 3]");
}

TEST_CASE("A header of many keys is refused for what it lacks, one that is too long for its length",
          "[model_file]") {
  std::string header = "{";
  for (int i = 0; i < 50'000; ++i) {
    header += "\"t" + std::to_string(i) + "\":{\"dtype\":\"U8\",\"shape\":[0]," +
              "\"data_offsets\":[0,0]},";
  }
  header.back() = '}';
  CHECK(refusal(with_header(header, "")) == "a safetensors file, but no floatsd model");
  CHECK(refusal(with_header("{}" + std::string(1 << 24, ' '), "")) ==
        "its header has 16777218 bytes, expected at most 16777216");
}

TEST_CASE("A tensor without elements is refused", "[model_file]") {
  const std::string name =
      GENERATE("conv.bias", "conv.multiplier", "conv.shift", "conv.weight_scale", "conv.weight");
  CHECK(tensor_refusal(name, [](RawTensor& t) { t = {t.dtype, {0}, {}}; }) != "none");
}

TEST_CASE("A tensor that is missing or left over is refused", "[model_file]") {
  Safetensors file = read_safetensors(saved(sample::tiny(1)));
  const auto last = file.tensors.back();
  file.tensors.pop_back();
  CHECK(refusal(write_safetensors(file)) == "tensor fc.weight is missing");
  file.tensors.push_back(last);
  file.tensors.emplace_back("more", RawTensor{"U8", {1}, "x"});
  CHECK(refusal(write_safetensors(file)) == "11 tensors, but its program names 10");
}

TEST_CASE("Operators that share a name are refused", "[model_file]") {
  Safetensors file = read_safetensors(saved(sample::tiny(1)));
  std::erase_if(file.tensors, [](const auto& tensor) { return tensor.first.starts_with("fc."); });
  file.metadata["program"] = replaced(file.metadata["program"], "\"fc\"", "\"conv\"");
  CHECK(refusal(write_safetensors(file)) != "none");
}

TEST_CASE("Code -128 in an int8 layer is a violation", "[model_file]") {
  CHECK(tensor_refusal("fc.weight", put(4, int8_t{-128})) ==
        "FormatViolation: fc.weight: int8: weight 4 has code 128, which is no level's");
}

TEST_CASE("A changed multiplier or shift is a violation", "[model_file]") {
  CHECK_THAT(tensor_refusal("conv.multiplier", put(1, int32_t{12345})),
             Catch::StartsWith("FormatViolation: conv: multiplier of channel 1 is 12345 * 2^-"));
  CHECK_THAT(tensor_refusal("conv.shift", put(2, int32_t{-1})),
             Catch::StartsWith("FormatViolation: conv: multiplier of channel 2 is "));
}

TEST_CASE("A scale in the file that is no positive number is refused", "[model_file]") {
  const float scale = GENERATE(0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN(),
                               std::numeric_limits<float>::infinity());
  CHECK(tensor_refusal("conv.weight_scale", put(0, scale)) ==
        "conv: weight scale " + std::to_string(scale) + ", expected a positive number");
  CHECK(program_refusal("\"scale\":", "\"scale\":0.0,\"was\":") ==
        "input: scale 0.000000, expected a positive number");
  CHECK(program_refusal("\"scale\":", "\"scale\":1e300,\"was\":") ==
        "input: scale inf, expected a positive number");
}

TEST_CASE("A zero point in the file that is no code is refused", "[model_file]") {
  CHECK(program_refusal("\"zero_point\":7", "\"zero_point\":256") ==
        "input: zero point 256, expected 0 to 255");
}

TEST_CASE("An accumulator in the file that can leave 32 bits is refused", "[model_file]") {
  CHECK_THAT(tensor_refusal("fc.bias", put(0, std::numeric_limits<int32_t>::max())),
             Catch::StartsWith("fc: its accumulator can reach 2147") &&
                 Catch::EndsWith(", expected less than 2^31"));
}

TEST_CASE("A sum has two multipliers and a shift, a mean one of each", "[model_file]") {
  const Program program = sample::residual(1);
  const auto drop = [](RawTensor& t) { t = {t.dtype, {0}, {}}; };
  const auto twice = [](RawTensor& t) { t = {t.dtype, {2}, t.bytes + t.bytes}; };
  CHECK(tensor_refusal("sum.multiplier", drop, program) ==
        "sum: 0 multipliers and 1 shifts, expected two and one");
  CHECK(tensor_refusal("sum.shift", twice, program) ==
        "sum: 2 multipliers and 2 shifts, expected two and one");
  CHECK(tensor_refusal("pool.shift", twice, program) == "pool: 1 multipliers and 2 shifts");
  Safetensors file = read_safetensors(saved(program));
  twice(find(file, "pool.shift"));
  twice(find(file, "pool.multiplier"));
  CHECK(refusal(write_safetensors(file)) == "pool: 2 multipliers, expected one");
}

TEST_CASE("A changed multiplier of a sum or a mean is a violation", "[model_file]") {
  const Program program = sample::residual(1);
  CHECK_THAT(tensor_refusal("sum.multiplier", put(1, int32_t{-3}), program),
             Catch::StartsWith("FormatViolation: sum: multiplier of input 1 is -3 * 2^-"));
  CHECK_THAT(tensor_refusal("pool.shift", put(0, int32_t{77}), program),
             Catch::StartsWith("FormatViolation: pool: its multiplier is "));
}

TEST_CASE("Keys of a sum, a mean or a downsampling that are missing are refused", "[model_file]") {
  const auto [from, to] = GENERATE(table<std::string, std::string>({
      {"\"name\":\"sum\",\"kind\":\"add\",\"inputs\":[0,3],\"output\"",
       "\"name\":\"sum\",\"kind\":\"add\",\"inputs\":[0,3],\"ouptut\""},
      {"\"kind\":\"global_average_pool\",\"inputs\":[7],\"output\"",
       "\"kind\":\"global_average_pool\",\"inputs\":[7],\"ouptut\""},
      {"\"stride\":2,\"channels_before\"", "\"stripe\":2,\"channels_before\""},
      {"\"channels_before\"", "\"channels\""},
      {"\"channels_after\"", "\"channels\""},
  }));
  CAPTURE(from, to);
  CHECK_THAT(program_refusal(from, to, sample::residual(1)),
             Catch::StartsWith("its program is not as expected: "));
}

TEST_CASE("Keys of a pool, a concatenation, a flattening or a clamp that are missing are refused",
          "[model_file]") {
  const std::string key =
      GENERATE("\"window\"", "\"padding\":1,", "\"dilation\":1}", "\"ceil_mode\"",
               "\"count_include_pad\"", "\"order\"", "\"lower\"");
  CAPTURE(key);
  std::string other = key;
  other[2] = '_';
  CHECK_THAT(program_refusal(key, other, sample::branches(1)),
             Catch::StartsWith("its program is not as expected: "));
}

TEST_CASE("Multipliers of a concatenation and a mean over windows are checked", "[model_file]") {
  const Program program = sample::branches(1);
  CHECK_THAT(tensor_refusal("joined.multiplier", put(1, int32_t{5}), program),
             Catch::StartsWith("FormatViolation: joined: multiplier of input 1 is 5 * 2^-"));
  CHECK_THAT(tensor_refusal("mean.shift", put(0, int32_t{3}), program),
             Catch::StartsWith("FormatViolation: mean: multiplier of 2 values is "));
  CHECK(program_refusal("\"order\":\"hwc\"", "\"order\":\"whc\"", program) ==
        "order 'whc', expected chw or hwc");
  CHECK(program_refusal("\"lower\":60", "\"lower\":-1", program) ==
        "relu: its codes begin at -1, expected 0 to 255");
  CHECK(program_refusal("\"upper\":210", "\"upper\":256", program) ==
        "relu: its codes end at 256, expected 60 to 255");
}

TEST_CASE("An input table is a row of 256 codes for each channel", "[model_file]") {
  const Program program = sample::residual(1);
  CHECK(tensor_refusal(
            "input.table", [](RawTensor& t) { t.shape = {256, 3}; }, program) ==
        "input.table: expected shape [3, 256]");
  CHECK(tensor_refusal(
            "input.table", [](RawTensor& t) { t.dtype = "I8"; }, program) ==
        "input.table: element type I8, expected U8");
}

TEST_CASE("A flipped byte gives a refusal or a valid program", "[model_file]") {
  const std::string bytes =
      saved(GENERATE(sample::tiny(1), sample::residual(1), sample::branches(1)));
  std::mt19937 random(1);
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  constexpr int kFlips = 3000;
  for (int i = 0; i < kFlips; ++i) {
    std::string flipped = bytes;
    const size_t at = random() % bytes.size();
    flipped[at] = static_cast<char>(flipped[at] ^ static_cast<char>(1 + random() % 255));
    CAPTURE(at, static_cast<int>(flipped[at]));
    write_quickly(path, flipped);
    try {
      const Program program = load_model(path);
      REQUIRE_NOTHROW(validate(program));
    } catch (const Error&) {  // any other exception fails the test
    }
  }
}
