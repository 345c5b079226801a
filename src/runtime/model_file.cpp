#include "floatsd/runtime/model_file.h"

#include <algorithm>

#include "core/file.h"
#include "core/json.h"
#include "core/refuse.h"
#include "core/safetensors.h"
#include "core/shortest_decimal.h"
#include "runtime/model_tensors.h"
#include "runtime/op_record.h"
#include "runtime/operators/numbers.h"
#include "runtime/operators/operator_kind.h"

namespace floatsd::runtime {
namespace {

using nlohmann::ordered_json;

/// The newest version, and the oldest one that is read.
constexpr const char* kVersion = "3";
constexpr const char* kOldestVersion = "2";
constexpr const char* kInputTable = "input.table";

/// The oldest version whose readers understand the program.
const char* version_of(const Program& program) {
  const bool needs_newest = std::any_of(program.ops.begin(), program.ops.end(), [](const Op& op) {
    return kind_of(op).needs_newer_file(op);
  });
  return needs_newest ? kVersion : kOldestVersion;
}

/// What is meant if the file says nothing, and a code is its byte and stands for byte / 255.
Normalization unsaid_normalization(const Program& program) {
  if (!program.input_table.empty() || program.input != QParams{1.0F / kMaxCode, 0}) {
    return {};
  }
  const auto channels = static_cast<size_t>(program.input_shape.channels);
  return {.mean = std::vector(channels, 0.0F), .deviation = std::vector(channels, 1.0F)};
}

ordered_json decimals(const std::vector<float>& values) {
  ordered_json json = ordered_json::array();
  for (const float value : values) {
    json.push_back(shortest_decimal(value));
  }
  return json;
}

ordered_json input_json(const Program& program) {
  ordered_json json = qparams_json(program.input);
  json["shape"] = {program.input_shape.channels, program.input_shape.height,
                   program.input_shape.width};
  const Normalization& said = program.normalization;
  if (said != Normalization{} && said != unsaid_normalization(program)) {
    json["mean"] = decimals(said.mean);
    json["std"] = decimals(said.deviation);
  }
  return json;
}

ordered_json program_json(const Program& program) {
  ordered_json json;
  json["network"] = program.network;
  json["input"] = input_json(program);
  if (!program.class_names.empty()) {
    json["classes"] = program.class_names;
  }
  for (const Op& op : program.ops) {
    json["ops"].push_back(op_json(op));
  }
  return json;
}

void add_input_table(const Program& program, Safetensors& file) {
  const InputTable& table = program.input_table;
  if (!table.empty()) {
    file.tensors.emplace_back(kInputTable,
                              RawTensor{.dtype = "U8",
                                        .shape = {program.input_shape.channels, kMaxCode + 1},
                                        .bytes = {table.begin(), table.end()}});
  }
}

InputTable read_input_table(int64_t channels, TensorReader& tensors) {
  if (!tensors.has(kInputTable)) {
    return {};
  }
  const RawTensor& table = tensors.take(kInputTable, "U8");
  if (table.shape != std::vector<int64_t>{channels, kMaxCode + 1}) {
    throw Error(std::string(kInputTable) + ": expected shape [" + std::to_string(channels) +
                ", 256]");
  }
  return {table.bytes.begin(), table.bytes.end()};
}

Normalization read_normalization(const nlohmann::json& input, const Program& program) {
  if (!input.contains("mean") && !input.contains("std")) {
    return unsaid_normalization(program);
  }
  return {.mean = input.at("mean").get<std::vector<float>>(),
          .deviation = input.at("std").get<std::vector<float>>()};
}

Program read_program(const Safetensors& file) {
  const auto format = file.metadata.find("format");
  const auto version = file.metadata.find("version");
  const auto text = file.metadata.find("program");
  if (format == file.metadata.end() || format->second != "floatsd" || text == file.metadata.end() ||
      version == file.metadata.end()) {
    throw Error("a safetensors file, but no floatsd model");
  }
  if (version->second != kVersion && version->second != kOldestVersion) {
    throw Error("model version " + version->second + ", expected " + kOldestVersion + " or " +
                kVersion);
  }
  const nlohmann::json record = parse_json(text->second, "its program");
  const auto shape = integers_at<int64_t>(record.at("input"), "shape");
  if (shape.size() != 3) {
    throw Error("input: expected a shape [C, H, W]");
  }
  Program program{.network = record.at("network").get<std::string>(),
                  .input_shape = {shape[0], shape[1], shape[2]},
                  .input = qparams_from(record.at("input")),
                  .input_table = {},
                  .ops = {}};
  TensorReader tensors(file);
  program.input_table = read_input_table(shape[0], tensors);
  for (const nlohmann::json& op : record.at("ops")) {
    program.ops.push_back(read_op(op, tensors));
  }
  tensors.check_all_taken();
  program.normalization = read_normalization(record.at("input"), program);
  if (record.contains("classes")) {
    program.class_names = record.at("classes").get<std::vector<std::string>>();
  }
  validate(program);
  return program;
}

}  // namespace

Safetensors model_tensors(const Program& program) {
  Safetensors file;
  for (const Op& op : program.ops) {  // before the codes, so that 4-byte numbers lie aligned
    add_numbers(op, file);
  }
  add_input_table(program, file);
  for (const Op& op : program.ops) {
    add_codes(op, file);
  }
  try {
    file.metadata = {{"format", "floatsd"},
                     {"version", version_of(program)},
                     {"program", program_json(program).dump()}};
  } catch (const nlohmann::json::exception&) {
    throw Error("a name in the program is no UTF-8");
  }
  return file;
}

void save_model(const Program& program, const std::filesystem::path& path) {
  validate(program);
  const Safetensors file = named(path.string(), [&] { return model_tensors(program); });
  write_file(path, write_safetensors(file));
}

Program load_model(const std::filesystem::path& path) { return parse_model(read_file(path), path); }

Program parse_model(std::string_view bytes, const std::filesystem::path& path) {
  return named(path.string(), [&] {
    try {
      return read_program(read_safetensors(bytes));
    } catch (const nlohmann::json::exception& error) {
      throw Error(std::string("its program is not as expected: ") + error.what());
    }
  });
}

}  // namespace floatsd::runtime
