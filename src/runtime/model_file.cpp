#include "floatsd/runtime/model_file.h"

#include "floatsd/core/error.h"
#include "floatsd/core/file.h"
#include "floatsd/core/json.h"
#include "floatsd/core/safetensors.h"
#include "op_record.h"

namespace floatsd::runtime {
namespace {

using nlohmann::ordered_json;

/// The first version that had windows with sides of their own, and dilation; the one before it.
constexpr const char* kVersion = "3";
constexpr const char* kVersionOfSquares = "2";
constexpr const char* kInputTable = "input.table";

/// The oldest version whose readers understand the program.
const char* version_of(const Program& program) {
  for (const Op& op : program.ops) {
    const auto* conv = std::get_if<Conv2d>(&op.body);
    if (conv != nullptr &&
        (conv->stride != Extent(conv->stride.height) || conv->dilation != Extent(1) ||
         conv->padding != Padding(conv->padding.top))) {
      return kVersion;
    }
  }
  return kVersionOfSquares;
}

ordered_json program_json(const Program& program) {
  ordered_json json;
  json["network"] = program.network;
  json["input"] = qparams_json(program.input);
  json["input"]["shape"] = {program.input_shape.channels, program.input_shape.height,
                            program.input_shape.width};
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

Program read_program(const Safetensors& file) {
  const auto format = file.metadata.find("format");
  const auto version = file.metadata.find("version");
  const auto text = file.metadata.find("program");
  if (format == file.metadata.end() || format->second != "floatsd" || text == file.metadata.end() ||
      version == file.metadata.end()) {
    throw Error("a safetensors file, but no floatsd model");
  }
  if (version->second != kVersion && version->second != kVersionOfSquares) {
    throw Error("model version " + version->second + ", expected " + kVersionOfSquares + " or " +
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
  validate(program);
  return program;
}

}  // namespace

void save_model(const Program& program, const std::filesystem::path& path) {
  validate(program);
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
    throw Error(path.string() + ": a name in the program is no UTF-8");
  }
  write_file(path, write_safetensors(file));
}

Program load_model(const std::filesystem::path& path) { return parse_model(read_file(path), path); }

Program parse_model(std::string_view bytes, const std::filesystem::path& path) {
  try {
    return read_program(read_safetensors(bytes));
  } catch (const FormatViolation& error) {
    throw FormatViolation(path.string() + ": " + error.what());
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  } catch (const nlohmann::json::exception& error) {
    throw Error(path.string() + ": its program is not as expected: " + error.what());
  }
}

}  // namespace floatsd::runtime
