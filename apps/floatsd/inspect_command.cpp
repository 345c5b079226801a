// floatsd inspect: the parameter checker of a model file.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "commands.h"
#include "exit_code.h"
#include "floatsd/core/error.h"
#include "floatsd/emit/report.h"
#include "floatsd/runtime/model_file.h"
#include "shared_flags.h"

namespace floatsd::app {
namespace {

constexpr int kHistogramWidth = 40;

struct InspectFlags {
  SharedFlags shared;
  std::string model;
};

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) {
    if (!text.empty()) {
      text += 'x';
    }
    text += std::to_string(size);
  }
  return text;
}

std::string granularity_text(Granularity granularity) {
  return granularity == Granularity::kPerChannel ? "per-channel" : "per-tensor";
}

/// A line a level for formats with few; the share of zero and of the largest level for the others.
void print_histogram(const emit::LayerReport& layer) {
  constexpr int kFew = 32;
  int64_t weights = 0;
  int64_t most = 1;
  for (const auto& [level, count] : layer.histogram) {
    weights += count;
    most = std::max(most, count);
  }
  const auto percent = [&](int64_t count) {
    return 100.0 * static_cast<double>(count) / static_cast<double>(weights);
  };
  if (layer.format_levels > kFew) {
    const auto zero = layer.histogram.find(0);
    std::printf("    levels %d..%d, %.1f %% zero\n", layer.histogram.begin()->first,
                layer.histogram.rbegin()->first,
                zero == layer.histogram.end() ? 0.0 : percent(zero->second));
    return;
  }
  for (const auto& [level, count] : layer.histogram) {
    const auto bar = static_cast<size_t>(kHistogramWidth * count / most);
    std::printf("    %4d %9lld %5.1f %%  %s\n", level, static_cast<long long>(count),
                percent(count), std::string(bar, '#').c_str());
  }
}

void print_layer(const emit::LayerReport& layer) {
  std::printf("%s  %s %s  %s %s, %d bits\n", layer.name.c_str(), layer.kind.c_str(),
              shape_text(layer.shape).c_str(), layer.format.c_str(),
              granularity_text(layer.granularity).c_str(), layer.bits);
  std::printf("    weight scale %.6g..%.6g; output scale %.6g, zero point %d\n",
              layer.smallest_scale, layer.largest_scale, layer.output.scale,
              layer.output.zero_point);
  std::printf("    %lld + %lld bytes; |accumulator| <= %lld%s; %d partial products\n",
              static_cast<long long>(layer.weight_bytes), static_cast<long long>(layer.other_bytes),
              static_cast<long long>(layer.accumulator_bound),
              layer.accumulator_bound >= (1 << 24) ? " (beyond float32's 2^24)" : "",
              layer.partial_products);
  std::printf("    %zu of %d levels used\n", layer.histogram.size(), layer.format_levels);
  print_histogram(layer);
}

nlohmann::ordered_json to_json(const emit::LayerReport& layer) {
  nlohmann::ordered_json histogram;
  for (const auto& [level, count] : layer.histogram) {
    histogram[std::to_string(level)] = count;
  }
  return {{"name", layer.name},
          {"kind", layer.kind},
          {"shape", layer.shape},
          {"format", layer.format},
          {"granularity", granularity_text(layer.granularity)},
          {"bits", layer.bits},
          {"histogram", histogram},
          {"weight_scale", {layer.smallest_scale, layer.largest_scale}},
          {"scale", layer.output.scale},
          {"zero_point", layer.output.zero_point},
          {"weight_bytes", layer.weight_bytes},
          {"other_bytes", layer.other_bytes},
          {"accumulator_bound", layer.accumulator_bound},
          {"partial_products", layer.partial_products}};
}

runtime::Program load_checked(const std::string& path) {
  try {
    return runtime::load_model(path);
  } catch (const FormatViolation& violation) {
    throw Unmet(violation.what());
  }
}

void run_inspect(const InspectFlags& flags) {
  const runtime::Program program = load_checked(flags.model);
  const auto layers = emit::report(program);
  int64_t parameters = 0;
  int64_t bytes = 0;
  nlohmann::ordered_json object{{"network", program.network}};
  for (const emit::LayerReport& layer : layers) {
    for (const auto& [level, count] : layer.histogram) {
      parameters += count;
    }
    bytes += layer.weight_bytes + layer.other_bytes;
    object["layers"].push_back(to_json(layer));
  }
  const auto file_bytes = static_cast<int64_t>(std::filesystem::file_size(flags.model));
  if (flags.shared.json) {
    object["weights"] = parameters;
    object["bytes"] = bytes;
    object["file_bytes"] = file_bytes;
    print_json(flags.shared, object);
    return;
  }
  for (const emit::LayerReport& layer : layers) {
    print_layer(layer);
  }
  std::printf(
      "%s: %lld weights in %lld bytes (float32: %lld), with bias, multipliers and scales; "
      "file %lld bytes; every value is one of its format\n",
      program.network.c_str(), static_cast<long long>(parameters), static_cast<long long>(bytes),
      static_cast<long long>(4 * parameters), static_cast<long long>(file_bytes));
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  auto flags = std::make_shared<InspectFlags>();
  CLI::App* command =
      app.add_subcommand("inspect", "Check and list the parameters of a model file");
  command->footer(R"(
Per layer: shape, format, scales, zero point, bytes, the largest accumulator that any input can
cause, and how often each level is used. Exit 1, with layer and value, where a weight is no level of
its format or a multiplier does not follow from the scales.

  floatsd inspect runs/first/model.safetensors)");
  command->add_option("model", flags->model, "The model file")->required();
  command->add_flag("--json", flags->shared.json, "One JSON object on stdout");
  command->callback([flags] { run_inspect(*flags); });
}

}  // namespace floatsd::app
