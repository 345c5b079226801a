// floatsd inspect: the parameter checker of a model file.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "core/counted.h"
#include "describe_file.h"
#include "emit/tensor_report.h"
#include "exit_code.h"
#include "floatsd/core/error.h"
#include "floatsd/emit/report.h"
#include "floatsd/runtime/model_file.h"
#include "formats_in_rules.h"
#include "histogram_lines.h"
#include "inspect_tensors.h"
#include "printable.h"
#include "require_whole.h"
#include "serialize/tensor_file.h"
#include "shape_text.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

struct InspectFlags {
  SharedFlags shared;
  std::string model;
  TensorQuestions questions;
};

std::string granularity_text(Granularity granularity) {
  return granularity == Granularity::kPerChannel ? "per-channel" : "per-tensor";
}

std::string bound_text(const emit::LayerReport& layer) {
  return "|accumulator| <= " + std::to_string(layer.accumulator_bound) +
         (layer.beyond_float32() ? " (beyond float32's 2^24)" : "");
}

std::string requantization_text(int64_t multiplications) {
  return multiplications == 0 ? "requantized by shifts"
                              : counted(multiplications, "multiplication") + " requantize";
}

void print_weightless(const emit::LayerReport& layer) {
  std::printf("%s  %s\n    output scale %.6g, zero point %d\n", printable(layer.name).c_str(),
              layer.kind.c_str(), layer.output.scale, layer.output.zero_point);
  std::printf("    %lld bytes; %s; %s\n", static_cast<long long>(layer.other_bytes),
              bound_text(layer).c_str(), requantization_text(layer.multiplications).c_str());
}

void print_weighted(const emit::LayerReport& layer, const emit::WeightReport& weights) {
  std::printf("%s  %s %s  %s %s, %d bits\n", printable(layer.name).c_str(), layer.kind.c_str(),
              shape_text(weights.shape).c_str(), weights.format.c_str(),
              granularity_text(weights.granularity).c_str(), weights.bits);
  std::printf("    weight scale %.6g..%.6g; output scale %.6g, zero point %d\n",
              weights.smallest_scale, weights.largest_scale, layer.output.scale,
              layer.output.zero_point);
  std::printf("    %lld + %lld bytes; %s; %s; %s\n", static_cast<long long>(weights.bytes),
              static_cast<long long>(layer.other_bytes), bound_text(layer).c_str(),
              counted(weights.partial_products, "partial product").c_str(),
              requantization_text(layer.multiplications).c_str());
  std::printf("    %zu of %d levels used\n", weights.histogram.size(), weights.format_levels);
  print_histogram({weights.histogram.begin(), weights.histogram.end()});
}

void print_layer(const emit::LayerReport& layer) {
  if (layer.weights) {
    print_weighted(layer, *layer.weights);
  } else {
    print_weightless(layer);
  }
}

/// The layers whose accumulators need more than float32, in one line.
void print_beyond_float32(const std::vector<emit::LayerReport>& layers) {
  std::string names;
  for (const emit::LayerReport& layer : layers) {
    if (layer.beyond_float32()) {
      names += (names.empty() ? "" : ", ") + layer.name;
    }
  }
  if (!names.empty()) {
    std::printf("beyond float32's 2^24, exact in 32-bit integers: %s\n", names.c_str());
  }
}

ordered_json to_json(const emit::LayerReport& layer) {
  ordered_json json{{"name", layer.name}, {"kind", layer.kind}};
  if (layer.weights) {
    const emit::WeightReport& weights = *layer.weights;
    ordered_json histogram;
    for (const auto& [level, count] : weights.histogram) {
      histogram[std::to_string(level)] = count;
    }
    json.update({{"shape", weights.shape},
                 {"format", weights.format},
                 {"granularity", granularity_text(weights.granularity)},
                 {"bits", weights.bits},
                 {"histogram", histogram},
                 {"weight_scale", {weights.smallest_scale, weights.largest_scale}},
                 {"weight_bytes", weights.bytes},
                 {"partial_products", weights.partial_products}});
  }
  json.update({{"scale", layer.output.scale},
               {"zero_point", layer.output.zero_point},
               {"other_bytes", layer.other_bytes},
               {"accumulator_bound", layer.accumulator_bound},
               {"multiplications", layer.multiplications}});
  return json;
}

std::vector<int64_t> input_shape(const runtime::Program& program) {
  const auto& [channels, height, width] = program.input_shape;
  return {channels, height, width};
}

/// What the model file says beside the layers; means, deviations and class names if it has them.
ordered_json input_json(const runtime::Program& program) {
  ordered_json json{{"input_shape", input_shape(program)}};
  if (!program.normalization.mean.empty()) {
    json["mean"] = program.normalization.mean;
    json["std"] = program.normalization.deviation;
  }
  if (!program.class_names.empty()) {
    json["classes"] = program.class_names;
  }
  return json;
}

std::string numbers_text(const std::vector<float>& numbers) {
  std::string text;
  for (const float number : numbers) {
    char digits[32];
    std::snprintf(digits, sizeof digits, " %.6g", number);
    text += digits;
  }
  return text;
}

std::string input_text(const runtime::Program& program) {
  std::string text = "images " + shape_text(input_shape(program));
  if (!program.normalization.mean.empty()) {
    text += ", mean" + numbers_text(program.normalization.mean) + ", std" +
            numbers_text(program.normalization.deviation);
  }
  for (size_t i = 0; i < program.class_names.size(); ++i) {
    text += (i == 0 ? "; classes: " : ", ") + printable(program.class_names[i]);
  }
  return text;
}

runtime::Program parse_checked(const serialize::WantedFile& file, const std::string& path) {
  try {
    return runtime::parse_model(file.bytes, path);
  } catch (const FormatViolation& violation) {
    throw Unmet(violation.what());
  }
}

const runtime::Weights& find_weights(const runtime::Program& program, const std::string& layer) {
  for (const runtime::Op& op : program.ops) {
    const runtime::Weights* weights = runtime::weights(op);
    if (op.name == layer && weights != nullptr) {
      return *weights;
    }
  }
  throw Error("layer '" + layer + "': the model has none of that name with weights");
}

/// The weights of a layer, a line a row of their last axis.
void print_levels(const runtime::Weights& weights) {
  const auto row = static_cast<size_t>(weights.shape.back());
  const std::vector<int64_t> outer(weights.shape.begin(), weights.shape.end() - 1);
  for (size_t begin = 0; begin < weights.levels.size(); begin += row) {
    std::printf("    %s", emit::place_text(outer, static_cast<int64_t>(begin / row)).c_str());
    for (size_t i = begin; i < begin + row; ++i) {
      std::printf(" %4d", weights.levels[i]);
    }
    std::printf("\n");
  }
}

void inspect_layer(const runtime::Program& program, const InspectFlags& flags) {
  const std::string& name = flags.questions.layer;
  const runtime::Weights& weights = find_weights(program, name);
  if (!flags.shared.json) {
    print_levels(weights);
    return;
  }
  const auto layers = emit::report(program);
  ordered_json object = to_json(*std::ranges::find(layers, name, &emit::LayerReport::name));
  object["levels"] = weights.levels;
  print_json(flags.shared, object);
}

void check_formats(const runtime::Program& program, const std::string& format,
                   const std::string& path) {
  const Codebook& codebook = find_codebook(format);
  for (const runtime::Op& op : program.ops) {
    const runtime::Weights* weights = runtime::weights(op);
    for (size_t i = 0; weights != nullptr && i < weights->levels.size(); ++i) {
      if (!contains(codebook, weights->levels[i])) {
        throw Unmet(path + ": " + op.name + ".weight" +
                    emit::place_text(weights->shape, static_cast<int64_t>(i)) + " is " +
                    std::to_string(weights->levels[i]) + ", which is no level of " + format);
      }
    }
  }
}

void inspect_network(const runtime::Program& program, size_t file_bytes,
                     const InspectFlags& flags) {
  const auto layers = emit::report(program);
  const emit::Totals totals = emit::totals(program, layers);
  ordered_json object{{"network", program.network}};
  object.update(input_json(program));
  for (const emit::LayerReport& layer : layers) {
    object["layers"].push_back(to_json(layer));
  }
  if (flags.shared.json) {
    object["weights"] = totals.weights;
    object["bytes"] = totals.bytes;
    object["multiplications"] = totals.multiplications;
    object["file_bytes"] = file_bytes;
    print_json(flags.shared, object);
    return;
  }
  for (const emit::LayerReport& layer : layers) {
    print_layer(layer);
  }
  print_beyond_float32(layers);
  std::printf("%s\n", input_text(program).c_str());
  std::printf("requantization: %lld multiplications an image\n",
              static_cast<long long>(totals.multiplications));
  std::printf(
      "%s: %lld weights in %lld bytes (float32: %lld), with bias, multipliers, scales and input "
      "table; "
      "file %lld bytes; every value is one of its format\n",
      printable(program.network).c_str(), static_cast<long long>(totals.weights),
      static_cast<long long>(totals.bytes), static_cast<long long>(4 * totals.weights),
      static_cast<long long>(file_bytes));
}

/// A folder of golden vectors stands for their index, one of C for the source beside its header.
std::string file_of(const std::string& path) {
  std::error_code unreachable;
  const std::filesystem::path index = std::filesystem::path(path) / "index.json";
  if (std::filesystem::is_regular_file(index, unreachable)) {
    return index.string();
  }
  for (std::filesystem::directory_iterator entry(path, unreachable), end;
       !unreachable && entry != end; entry.increment(unreachable)) {
    std::filesystem::path source = entry->path();
    if (source.extension() == ".h" &&
        std::filesystem::exists(source.replace_extension(".c"), unreachable)) {
      return source.string();
    }
  }
  return path;
}

/// Whether it is a file that is described in a line.
bool inspect_other(const serialize::WantedFile& file, const std::string& path,
                   const InspectFlags& flags) {
  const bool is_asked = !flags.questions.layer.empty() || !flags.questions.format.empty();
  const auto text = is_asked ? std::nullopt : describe_file(file, path);
  if (text) {
    require_whole(file, path);
  }
  if (text && flags.shared.json) {
    print_json(flags.shared, {{"about", *text}});
  } else if (text) {
    std::printf("%s: %s\n", printable(path).c_str(), printable(*text).c_str());
  }
  return text.has_value();
}

void run_inspect(const InspectFlags& flags) {
  if (!flags.questions.format.empty()) {
    static_cast<void>(find_codebook(flags.questions.format));  // refused before anything is printed
  }
  const std::string path = file_of(flags.model);
  const serialize::WantedFile file = serialize::read_wanted(path, serialize::Wanted::kDescribed);
  if (inspect_other(file, path, flags)) {
    return;
  }
  serialize::require_kind(file.kind, serialize::Wanted::kNetwork, path);
  if (file.kind != serialize::FileKind::kModel) {
    inspect_tensors(serialize::parse_tensor_file(file, path), serialize::describe(file.kind), path,
                    flags.questions, flags.shared);
    return;
  }
  const runtime::Program program = parse_checked(file, path);
  if (flags.questions.layer.empty()) {
    inspect_network(program, file.bytes.size(), flags);
  } else {
    inspect_layer(program, flags);
  }
  if (!flags.questions.format.empty()) {
    check_formats(program, flags.questions.format, path);
  }
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  auto flags = std::make_shared<InspectFlags>();
  CLI::App* command = app.add_subcommand(
      "inspect",
      "Check and list the parameters of a model file or of a state dict, or say what a file is");
  command->footer(R"(
Per layer: shape, format, scales, zero point, bytes, the largest accumulator that any input can
cause, and how often each level is used; then the layers whose accumulators float32 could not hold,
and the multiplications that an image's requantization takes: 0 if all multipliers are powers of
two (--scales power-of-two). Exit 1, with layer and value, if a weight is no level of its format or
a multiplier does not follow from the scales.

  floatsd inspect runs/first/model.safetensors

Of a state dict or checkpoint (torch.save, safetensors, .npz) every tensor: type, shape, values; of
quantized ones scales, zero points and how often each integer is there. Exit 1 if a value is not
finite, or with --as if an integer is no level of the format.

  floatsd inspect runs/first/model.pt --as floatsd4
  floatsd inspect model.pt --layer conv2

Of every other file that floatsd writes (ONNX, C, golden vectors, metrics, events, baselines,
configs, architectures, pictures) a line that says what it is.)");
  command->add_option("model", flags->model, "The model file, or a file of tensors")
      ->required()
      ->type_name(kFile);
  command
      ->add_option("--as", flags->questions.format,
                   "A weight format of which every quantized value should be a level")
      ->type_name(one_of(format_names()));
  command->add_option("--layer", flags->questions.layer, "Print the values of this layer");
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_inspect(*flags); });
}

}  // namespace floatsd::app
