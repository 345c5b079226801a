#include "post_training.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "console.h"
#include "float_import.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "folder_lock.h"
#include "option_group.h"
#include "ranks.h"
#include "recipe_options.h"
#include "run_record.h"
#include "run_report.h"

namespace floatsd::app {
namespace {

constexpr const char* kWaysOut = "--overwrite replaces what is in it";

/// Makes the folder and keeps others out of it.
void take(const RunFolder& folder, bool overwrite, std::optional<FolderLock>& lock) {
  make_folder(folder.path());
  lock.emplace(folder.path());
  if (!overwrite) {
    folder.require_empty(kWaysOut);  // another run may have begun in it meanwhile
  }
}

/// What an old run has left goes once the new one is written.
void write(const RunFolder& folder, const RunRecord& record, train::Checkpoint& checkpoint,
           const runtime::Program* program) {
  checkpoint.run_record = to_value(record);
  train::save_checkpoint(checkpoint, folder.last());
  std::vector<std::filesystem::path> written = {folder.last()};
  if (program != nullptr) {
    runtime::save_model(*program, folder.model());
    written.push_back(folder.model());
  }
  folder.clear_but(written);
  folder.begin(record.config);
}

TableOption method_option(ptq::CalibrateOptions& options) {
  const auto set = [&options](const std::vector<std::string>& texts) {
    options.methods.clear();
    for (const std::string& text : texts) {
      options.methods.push_back(quant::parse_rule(text, ptq::parse_calibration_method));
    }
  };
  const auto texts = [&options] {
    std::vector<std::string> methods;
    for (const auto& rule : options.methods) {
      methods.push_back(quant::to_string(rule));
    }
    return methods;
  };
  return list_option(
      "method",
      "How an activation's range is chosen: moving-average or min-max of the batches, percentile "
      "or mse (least squared error) of a histogram; or PATTERN=METHOD (default: min-max if "
      "--activation-observer says so, else moving-average)",
      set, texts, OneText::kAlone);
}

}  // namespace

OptionTable post_training_options(PostTraining& post_training) {
  ptq::CalibrateOptions& options = post_training.options;
  return in_group(
      group::kCalibration,
      {
          count_option("images", options.images, {1, kMostImages},
                       "Training images to observe, the first N"),
          method_option(options),
          number_option(
              "percentile", options.percentile,
              "Percentage of the values that --method percentile keeps, counted from each "
              "end"),
          flag_option("equalize", post_training.equalize,
                      "First make channels alike from layer to layer (cross-layer equalization)"),
          flag_option(
              "learn-rounding", post_training.learn_rounding,
              "After calibration let each layer's output choose between the two levels next "
              "to each weight (AdaRound; minutes for a large network)"),
          flag_option(
              "correct-bias", post_training.correct_bias,
              "At last take what rounded weights add on average out of the biases (not with "
              "--learn-rounding)"),
      });
}

std::string to_toml(const PostTraining& post_training, const Recipe& recipe) {
  PostTraining copy = post_training;
  copy.options = workflow::calibrate_options(post_training, recipe.qconfig);
  return to_toml(recipe) + to_toml(post_training_options(copy));
}

Images load_images(const Recipe& recipe, const SharedFlags& shared) {
  const DatasetFlags dataset = dataset_flags(recipe);
  return {load(shared, dataset, data::Part::kTrain), load(shared, dataset, data::Part::kTest)};
}

nn::Graph float_graph(const Recipe& recipe) {
  nn::Graph graph = train::make_graph({.architecture = workflow::architecture_of(recipe)});
  import_weights(graph, recipe.init, recipe.weights_from);
  return graph;
}

void require_output(const RunFolder& folder, const Recipe& recipe, bool overwrite) {
  if (!overwrite) {
    folder.require_empty(kWaysOut);
  }
  folder.require_apart_from(recipe.init);
}

PostTrainingResult quantize_into(const RunFolder& folder, const Recipe& recipe,
                                 const PostTraining& post_training, const Images& images,
                                 int threads, bool overwrite, Communicator& ranks,
                                 const OnProgress& on_progress) {
  agree(ranks, [&] { require_output(folder, recipe, overwrite); });
  nn::Graph graph =
      workflow::quantized_graph(recipe, post_training, images.train, ranks, on_progress);
  require_same_network(ranks, "network that they made", graph);
  std::optional<runtime::Interpreter> integer;
  agree(ranks, [&] { integer.emplace(convert::to_program(graph)); });
  const PostTrainingResult result{
      .accuracy = workflow::evaluate_integer(*integer, images.test, threads, ranks, on_progress),
      .images = std::min(post_training.options.images, images.train.count)};
  const RunRecord record = {.config = to_toml(post_training, recipe),
                            .data = identity_of(images.train),
                            .inputs = input_sums(recipe, images.test)};
  std::optional<FolderLock> lock;
  agree(ranks, [&] {
    if (ranks.rank() == 0) {
      take(folder, overwrite, lock);
      train::Checkpoint checkpoint =
          train::make_checkpoint(workflow::network_spec(recipe), graph, quant::Pass::kInteger);
      write(folder, record, checkpoint, &integer->program());
    }
  });
  if (ranks.rank() == 0) {
    leave_report(folder,
                 {.graph = graph,
                  .program = &integer->program(),
                  .test = &images.test,
                  .threads = threads,
                  .on_progress = shown_progress()},
                 {record});
  }
  return result;
}

train::Accuracy leave_float_network(const RunFolder& folder, const Recipe& recipe,
                                    const PostTraining& post_training, const Images& images,
                                    int threads, const OnProgress& on_progress) {
  folder.require_apart_from(recipe.init);
  nn::Graph graph = float_graph(recipe);
  const train::Accuracy accuracy =
      train::evaluate(graph, images.test, quant::Pass::kFloat, on_progress);
  const RunRecord record = {.config = to_toml(post_training, recipe),
                            .data = identity_of(images.train),
                            .inputs = input_sums(recipe, images.test)};
  std::optional<FolderLock> lock;
  take(folder, /*overwrite=*/true, lock);
  train::Checkpoint checkpoint =
      train::make_checkpoint(workflow::network_spec(recipe), graph, quant::Pass::kTrainFloat);
  write(folder, record, checkpoint, nullptr);
  leave_report(
      folder,
      {.graph = graph, .test = &images.test, .threads = threads, .on_progress = shown_progress()},
      {record});
  return accuracy;
}

}  // namespace floatsd::app
