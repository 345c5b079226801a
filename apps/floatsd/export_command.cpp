// floatsd export: the integer network in another form.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "console.h"
#include "floatsd/core/error.h"
#include "floatsd/core/names.h"
#include "floatsd/emit/onnx.h"
#include "floatsd/emit/pytorch_state_dict.h"
#include "floatsd/runtime/model_file.h"
#include "shared_flags.h"

namespace floatsd::app {
namespace {

struct ExportFlags {
  SharedFlags shared;
  std::string model, to, output, style;
};

void write_pytorch(const runtime::Program& program, const ExportFlags& flags) {
  emit::write_pytorch_state_dict(program, flags.output);
}

void write_onnx(const runtime::Program& program, const ExportFlags& flags) {
  const auto* style = std::find(std::begin(emit::kOnnxStyles), std::end(emit::kOnnxStyles),
                                flags.style.empty() ? "integer" : flags.style);
  emit::write_onnx(program, static_cast<emit::OnnxStyle>(style - std::begin(emit::kOnnxStyles)),
                   flags.output);
}

/// What --to may name.
struct Target {
  const char* name;
  const char* help;
  void (*write)(const runtime::Program& program, const ExportFlags& flags);
};

constexpr Target kTargets[] = {
    {"pytorch", "a state dict with quantized tensors that plain torch.load reads", write_pytorch},
    {"onnx", "a network for onnxruntime and its tools (docs/onnx.md)", write_onnx}};

std::vector<std::string> target_names() {
  std::vector<std::string> names;
  for (const Target& target : kTargets) {
    names.emplace_back(target.name);
  }
  return names;
}

std::string footer() {
  std::string text = "\n";
  for (const Target& target : kTargets) {
    text += std::string(target.name) + ": " + target.help + ".\n";
  }
  return text + R"(
  floatsd export model.safetensors --to pytorch -o model.pt
  floatsd export model.safetensors --to onnx -o model.onnx)";
}

void run_export(const ExportFlags& flags) {
  apply(flags.shared);
  if (!flags.style.empty() && flags.to != "onnx") {
    throw Error("--style " + flags.style + ": only of --to onnx, found --to " + flags.to);
  }
  find_entry("--to", flags.to, kTargets).write(runtime::load_model(flags.model), flags);
  say("written: " + flags.output);
  print_json(flags.shared, {{"output", flags.output}});
}

}  // namespace

void add_export_command(CLI::App& app) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = app.add_subcommand("export", "Write a model file in another form");
  command->footer(footer());
  command->add_option("model", flags->model, "The model file")->required();
  command->add_option("--to", flags->to, "What to write")
      ->required()
      ->check(CLI::IsMember(target_names()));
  command->add_option("-o,--output", flags->output, "The file to write")->required();
  command
      ->add_option("--style", flags->style,
                   "Of onnx: integer (the default; equal in every code), qdq (QuantizeLinear and "
                   "DequantizeLinear) or qonnx")
      ->check(CLI::IsMember(
          std::vector<std::string>(std::begin(emit::kOnnxStyles), std::end(emit::kOnnxStyles))));
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_export(*flags); });
}

}  // namespace floatsd::app
