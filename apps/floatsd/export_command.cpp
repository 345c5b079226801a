// floatsd export: the integer network, or a float one, in another form.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "apart.h"
#include "commands.h"
#include "console.h"
#include "core/counted.h"
#include "core/names.h"
#include "emit/c/identifier.h"
#include "export_folder.h"
#include "floatsd/core/error.h"
#include "floatsd/data/dataset.h"
#include "floatsd/emit/c_source.h"
#include "floatsd/emit/onnx.h"
#include "floatsd/emit/pytorch_state_dict.h"
#include "floatsd/emit/vectors.h"
#include "floatsd/interchange/onnx.h"
#include "floatsd/train/checkpoint.h"
#include "open_model.h"
#include "option_group.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct ExportFlags {
  SharedFlags shared;
  DatasetFlags dataset;
  std::string model, to, output, style;
  int64_t images = 4;
  bool overwrite = false;
};

/// What --dataset says, or the data set whose images are as the network reads them.
data::Dataset test_set(const ExportFlags& flags, const std::array<int64_t, 3>& shape) {
  try {
    return load_test_set(flags.shared, flags.dataset, shape);
  } catch (const Error& error) {
    throw Error(std::string(error.what()) + (flags.to == "c" ? "; --images 0 writes no test" : ""));
  }
}

/// Pixel bytes of the first --images test images, [N, C, H, W]: fewer if there are no more.
std::vector<uint8_t> test_images(const ExportFlags& flags, const runtime::Program& program) {
  if (flags.images == 0) {
    if (!flags.dataset.dataset.empty()) {
      throw Error("--dataset " + flags.dataset.dataset + ": --images 0 reads no images");
    }
    return {};
  }
  const ActivationShape& input = program.input_shape;
  const std::array<int64_t, 3> shape = {input.channels, input.height, input.width};
  data::Dataset dataset = test_set(flags, shape);
  data::check_shape(dataset, shape, program.network);
  if (dataset.count < flags.images) {
    say(dataset.name + ": has " + counted(dataset.count, "test image") + ", fewer than the " +
        std::to_string(flags.images) + " of --images");
  }
  return data::first(std::move(dataset), flags.images).images;
}

nlohmann::ordered_json write_pytorch(const ExportFlags& flags) {
  emit::write_pytorch_state_dict(open_model(flags.model), flags.output);
  return nlohmann::ordered_json::object();
}

nlohmann::ordered_json write_c(const ExportFlags& flags) {
  const runtime::Program program = open_model(flags.model);
  const emit::CSource c = emit::c_source(program, test_images(flags, program), shown_progress());
  write_export(flags.output,
               [&](const std::filesystem::path& folder) { write_c_source(c, folder); });
  const emit::CFootprint& needs = c.footprint;
  const emit::COperations& operations = needs.operations;
  using std::to_string;
  report(flags.shared, "flash  " + to_string(needs.weight_bytes) + " bytes of weights, " +
                           to_string(needs.constant_bytes) +
                           " of biases, multipliers, shifts and tables; code is not counted");
  report(flags.shared, "RAM    " + to_string(needs.arena_bytes) + " bytes (" +
                           emit::c::upper(c.name) + "_ARENA_BYTES), and the stack");
  report(flags.shared, "image  " + to_string(operations.multiplications) + " multiplications, " +
                           to_string(operations.shifts) + " shifts, " +
                           to_string(operations.additions) + " additions at most");
  return {{"name", c.name},
          {"weight_bytes", needs.weight_bytes},
          {"constant_bytes", needs.constant_bytes},
          {"arena_bytes", needs.arena_bytes},
          {"multiplications", operations.multiplications},
          {"shifts", operations.shifts},
          {"additions", operations.additions}};
}

nlohmann::ordered_json write_vectors(const ExportFlags& flags) {
  const runtime::Program program = open_model(flags.model);
  const std::vector<uint8_t> images = test_images(flags, program);
  write_export(flags.output, [&](const std::filesystem::path& folder) {
    emit::write_vectors(program, images, folder, shown_progress());
  });
  return {{"images", std::ssize(images) / program.input_shape.size()}};
}

nlohmann::ordered_json write_onnx(const ExportFlags& flags) {
  const auto* style = std::find(std::begin(emit::kOnnxStyles), std::end(emit::kOnnxStyles),
                                flags.style.empty() ? "integer" : flags.style);
  emit::write_onnx(open_model(flags.model),
                   static_cast<emit::OnnxStyle>(style - std::begin(emit::kOnnxStyles)),
                   flags.output);
  return nlohmann::ordered_json::object();
}

nlohmann::ordered_json write_float_onnx(const ExportFlags& flags) {
  interchange::export_onnx(train::load_checkpoint(flags.model), flags.output);
  return nlohmann::ordered_json::object();
}

enum class Written { kFile, kFolder };

/// A form that a network can be written in.
struct Form {
  const char* name;
  const char* about;
  Written written;
  nlohmann::ordered_json (*write)(const ExportFlags&);
};

constexpr Form kForms[] = {
    {"pytorch", "a state dict with quantized tensors that plain torch.load reads", Written::kFile,
     write_pytorch},
    {"onnx", "a network for onnxruntime and its tools (docs/onnx.md)", Written::kFile, write_onnx},
    {"onnx-float", "the float network of a checkpoint as ONNX (docs/importing.md)", Written::kFile,
     write_float_onnx},
    {"c", "a folder with C99 that needs no library, and a test of it (docs/c_export.md)",
     Written::kFolder, write_c},
    {"vectors", "a folder with every number of an inference, for hardware (docs/vectors.md)",
     Written::kFolder, write_vectors},
};

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Form& form : kForms) {
    result.emplace_back(form.name);
  }
  return result;
}

std::string footer() {
  std::string text;
  for (const Form& form : kForms) {
    text += "\n  " + std::string(form.name) + ": " + form.about;
  }
  return text + R"(

  floatsd export model.safetensors --to pytorch -o model.pt
  floatsd export model.safetensors --to onnx -o model.onnx
  floatsd export last.pt --to onnx-float -o float.onnx
  floatsd export model.safetensors --to c -o DIR
  floatsd export model.safetensors --to vectors --images 1 -o DIR)";
}

/// Throws Error if one of the options that only the forms with images have is given to another.
void require_used(const std::vector<const CLI::Option*>& options, const Form& form) {
  for (const CLI::Option* option : options) {
    if (form.written == Written::kFile && option->count() > 0) {
      throw Error(option->get_name() + ": only of --to c and --to vectors, found --to " +
                  form.name);
    }
  }
}

void run_export(const ExportFlags& flags, const std::vector<const CLI::Option*>& of_folders) {
  apply(flags.shared);
  const Form& form = find_entry("--to", flags.to, kForms);
  require_used(of_folders, form);
  if (!flags.style.empty() && flags.to != "onnx") {
    throw Error("--style " + flags.style + ": only of --to onnx, found --to " + flags.to);
  }
  require_apart(flags.model, flags.output, "--output");
  if (form.written == Written::kFolder) {
    require_free(flags.output, flags.overwrite ? Earlier::kReplaced : Earlier::kRefused);
  }
  nlohmann::ordered_json result = {{"output", flags.output}};
  result.update(form.write(flags));
  say("written: " + flags.output);
  print_json(flags.shared, result);
}

}  // namespace

void add_export_command(CLI::App& app) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* command =
      app.add_subcommand("export", "Write a model file, or a float network, in another form");
  command->footer(footer());
  command->add_option("model", flags->model, "The model file; of onnx-float a float checkpoint")
      ->required()
      ->type_name(kFile);
  command->add_option("--to", flags->to, "The form")
      ->required()
      ->check(CLI::IsMember(names()))
      ->group(group::kOutput);
  command->add_option("-o,--output", flags->output, "The file or the folder to write")
      ->required()
      ->type_name("FILE|DIR")
      ->group(group::kOutput);
  command
      ->add_flag(
          "--overwrite", flags->overwrite,
          "c, vectors: write into a folder that is not empty; the files of an earlier export "
          "in it are removed")
      ->group(group::kOutput);
  command
      ->add_option("--images", flags->images,
                   "c, vectors: so many images of the test set; of c, whose test compares their "
                   "codes, 0 is for no test")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str()
      ->group(group::kNetworkAndData);
  command
      ->add_option("--style", flags->style,
                   "Of onnx: integer (the default; equal in every code), qdq (QuantizeLinear and "
                   "DequantizeLinear) or qonnx")
      ->check(CLI::IsMember(
          std::vector<std::string>(std::begin(emit::kOnnxStyles), std::end(emit::kOnnxStyles))))
      ->group(group::kOutput);
  add_dataset_flags(*command, flags->dataset, "mnist or cifar10 by the shape of their images");
  add_data_flags(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  const std::vector<const CLI::Option*> of_folders = {
      command->get_option("--images"), command->get_option("--overwrite"),
      command->get_option("--dataset"), command->get_option("--resize")};
  command->callback([flags, of_folders] { run_export(*flags, of_folders); });
}

}  // namespace floatsd::app
