#include "floatsd/emit/vectors.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/refuse.h"
#include "emit/vectors/sums.h"
#include "emit/vectors/tensor_files.h"
#include "floatsd/core/codebook.h"
#include "floatsd/runtime/interpreter.h"
#include "runtime/kernels/reference.h"
#include "runtime/model_tensors.h"

namespace floatsd::emit {
namespace {

using nlohmann::ordered_json;
using runtime::Operand;
using vectors::Tensor;

std::vector<int64_t> with_images(int64_t images, const ActivationShape& shape) {
  return {images, shape.channels, shape.height, shape.width};
}

/// Codes of activations or weights: unsigned numbers of so many bits.
Tensor code_tensor(std::vector<int64_t> shape, std::span<const uint8_t> codes, int bits = 8) {
  return {.type = "|u1",
          .shape = std::move(shape),
          .values = {codes.begin(), codes.end()},
          .bits = bits};
}

Tensor weight_codes(const runtime::Weights& weights) {
  const Codebook& codebook = find_codebook(weights.format);
  std::vector<uint8_t> codes;
  for (const int16_t level : weights.levels) {
    codes.push_back(pack(codebook, {&level, 1}).front());
  }
  return code_tensor(weights.shape, codes, codebook.bits);
}

Tensor weight_levels(const runtime::Weights& weights) {
  return {.type = "<i2",
          .shape = weights.shape,
          .values = {weights.levels.begin(), weights.levels.end()},
          .bits = 16};
}

/// Of 32 bits in the model file.
Tensor integers(const RawTensor& tensor, int bits) {
  Tensor result{.type = "<i4", .shape = tensor.shape, .bits = bits};
  result.values.resize(tensor.bytes.size() / sizeof(int32_t));
  std::memcpy(result.values.data(), tensor.bytes.data(), tensor.bytes.size());
  return result;
}

/// A name as a file has it everywhere, of a long one the beginning: a file's name ends at 255
/// bytes.
std::string file_name(const std::string& name) {
  constexpr size_t kLongest = 200;
  std::string text = name.substr(0, kLongest);
  for (char& c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '-';
    c = is_plain ? c : '_';
  }
  return text;
}

/// Writes the tensors of one program and one batch of images, and keeps the index.
class Writer {
 public:
  Writer(const runtime::Program& program, std::span<const uint8_t> images,
         std::filesystem::path folder)
      : program_(program),
        folder_(std::move(folder)),
        model_(runtime::model_tensors(program)),
        shapes_(runtime::output_shapes(program)),
        images_(static_cast<int64_t>(images.size()) / program.input_shape.size()) {
    for (int64_t i = 0; i < images_; ++i) {
      const auto codes = runtime::kernels::input_codes(
          program, images.subspan(i * program.input_shape.size(), program.input_shape.size()));
      input_codes_.insert(input_codes_.end(), codes.begin(), codes.end());
    }
    outputs_ = runtime::Interpreter(program).run_layers(images, 1);
  }

  void write(std::span<const uint8_t> images, const OnProgress& on_progress) {
    const runtime::Program& program = program_;
    index_["format"] = "floatsd vectors";
    index_["version"] = 1;
    index_["images"] = images_;
    index_["program"] = ordered_json::parse(model_.metadata.at("program"));
    ordered_json& input = index_["input"];
    input["bytes"] =
        write(code_tensor(with_images(images_, program.input_shape), images), "input.bytes");
    if (!program.input_table.empty()) {
      input["table"] =
          write(code_tensor({program.input_shape.channels, kMaxCode + 1}, program.input_table),
                "input.table");
    }
    input["codes"] =
        write(code_tensor(with_images(images_, program.input_shape), input_codes_), kInputCodes);
    Work work(on_progress, "vectors", "layers", static_cast<int64_t>(program.ops.size()));
    for (size_t i = 0; i < program.ops.size(); ++i) {
      index_["layers"].push_back(write_layer(i));
      work.advance(1, program.ops[i].name);
    }
    write_file(folder_ / "index.json", index_.dump(1) + "\n");
  }

 private:
  static constexpr const char* kInputCodes = "input.codes";

  ordered_json write_layer(size_t i) {
    const runtime::Op& op = program_.ops[i];
    ordered_json files;
    files["name"] = op.name;
    for (const int from : op.inputs) {
      files["inputs"].push_back(from == runtime::kNetworkInput ? kInputCodes
                                                               : stem(from, "output"));
    }
    const auto add = [&](const char* what, const Tensor& tensor) {
      files[what] = write(tensor, stem(i, what));
    };
    if (const runtime::Weights* weights = runtime::weights(op)) {
      add("weight_code", weight_codes(*weights));
      add("weight_level", weight_levels(*weights));
    }
    add_numbers(op, add);
    if (const Tensor sums = all_sums(op); !sums.values.empty()) {
      add("sum", sums);
    }
    add("output", code_tensor(with_images(images_, shapes_[i]), outputs_[i]));
    return files;
  }

  /// The operator's biases, multipliers and shifts, by their names in the model file.
  template <typename Add>
  void add_numbers(const runtime::Op& op, const Add& add) const {
    for (const auto& [what, bits] : {std::pair{"bias", 32}, {"multiplier", 16}, {"shift", 8}}) {
      for (const auto& [name, tensor] : model_.tensors) {
        if (name == op.name + "." + what) {
          add(what, integers(tensor, bits));
        }
      }
    }
  }

  /// The sums of all images.
  Tensor all_sums(const runtime::Op& op) {
    Tensor all;
    for (int64_t image = 0; image < images_; ++image) {
      std::vector<Operand> inputs;
      for (size_t i = 0; i < op.inputs.size(); ++i) {
        inputs.push_back(operand(op, i, image));
      }
      Tensor one = vectors::sums(op, inputs);
      one.values.swap(all.values);
      one.values.insert(one.values.end(), all.values.begin(), all.values.end());
      all = std::move(one);
    }
    all.shape.insert(all.shape.begin(), images_);
    return all;
  }

  [[nodiscard]] Operand operand(const runtime::Op& op, size_t i, int64_t image) const {
    const ActivationShape& shape = runtime::input_shape(program_, op, shapes_, i);
    const int from = op.inputs[i];
    const std::vector<uint8_t>& codes =
        from == runtime::kNetworkInput ? input_codes_ : outputs_[from];
    return {.shape = shape,
            .codes = std::span(codes).subspan(image * shape.size(), shape.size()),
            .zero_point = runtime::input_qparams(program_, op, i).zero_point};
  }

  [[nodiscard]] std::string stem(size_t op, const char* what) const {
    const std::string number = std::to_string(op);
    return std::string(number.size() < 3 ? 3 - number.size() : 0, '0') + number + "." +
           file_name(program_.ops[op].name) + "." + what;
  }

  /// The stem, which is what the index names.
  std::string write(const Tensor& tensor, const std::string& stem) {
    write_tensor(tensor, folder_ / stem);
    return stem;
  }

  const runtime::Program& program_;
  std::filesystem::path folder_;
  Safetensors model_;
  std::vector<ActivationShape> shapes_;
  int64_t images_;
  std::vector<uint8_t> input_codes_;
  std::vector<std::vector<uint8_t>> outputs_;
  ordered_json index_;
};

}  // namespace

void write_vectors(const runtime::Program& program, std::span<const uint8_t> images,
                   const std::filesystem::path& folder, const OnProgress& on_progress) {
  require(!images.empty(), "vectors: no image, expected at least one");
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!error, folder.string() + ": cannot be made: " + error.message());
  Writer(program, images, folder).write(images, on_progress);
}

}  // namespace floatsd::emit
