// floatsd export: the integer network in another form.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "apart.h"
#include "commands.h"
#include "console.h"
#include "floatsd/emit/pytorch_state_dict.h"
#include "open_model.h"
#include "shared_flags.h"

namespace floatsd::app {
namespace {

struct ExportFlags {
  SharedFlags shared;
  std::string model, to, output;
};

}  // namespace

void add_export_command(CLI::App& app) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = app.add_subcommand("export", "Write a model file in another form");
  command->footer(R"(
pytorch: a state dict with quantized tensors that plain torch.load reads.

  floatsd export model.safetensors --to pytorch -o model.pt)");
  command->add_option("model", flags->model, "The model file")->required();
  command->add_option("--to", flags->to, "pytorch")->required()->check(CLI::IsMember({"pytorch"}));
  command->add_option("-o,--output", flags->output, "The file to write")->required();
  add_output_flags(*command, flags->shared);
  command->callback([flags] {
    apply(flags->shared);
    require_apart(flags->model, flags->output, "--output");
    emit::write_pytorch_state_dict(open_model(flags->model), flags->output);
    say("written: " + flags->output);
    print_json(flags->shared, {{"output", flags->output}});
  });
}

}  // namespace floatsd::app
