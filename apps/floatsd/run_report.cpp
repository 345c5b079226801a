#include "run_report.h"

#include <torch/csrc/api/include/torch/version.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command_line.h"
#include "console.h"
#include "core/counted.h"
#include "core/file.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/report/html.h"
#include "floatsd/serialize/field.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/update_options.h"
#include "floatsd/version.h"
#include "foreign_files.h"
#include "open_model.h"
#include "printable.h"
#include "run_epochs.h"
#include "toml_file.h"
#include "trained_on.h"

namespace floatsd::app {
namespace {

constexpr const char* kNothingEvaluated = "Nothing was evaluated (--skip-eval).";

/// The text of a config's key; empty if it is not there.
std::string setting(const std::vector<TomlEntry>& config, const std::string& key) {
  const auto found = std::find_if(config.begin(), config.end(), [&](const TomlEntry& entry) {
    return entry.key == key && entry.values.size() == 1;
  });
  return found == config.end() ? "" : found->values.front().text;
}

/// As one word of a shell.
std::string shell_word(const std::string& text) {
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string("/._-+:=,").find(c) != std::string::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

/// What made a run.
enum class MadeBy { kTrain, kCalibrate };

/// What makes the run again, and checks it.
std::vector<std::string> commands_of(const RunFolder& folder, const std::vector<TomlEntry>& config,
                                     const report::RunReport& run, MadeBy made_by) {
  const std::string init = setting(config, "init");
  if (made_by == MadeBy::kCalibrate && !run.is_quantized) {  // a sweep's float network
    return {"floatsd eval " + shell_word(folder.last().string())};
  }
  const bool is_calibrated = made_by == MadeBy::kCalibrate && !init.empty();
  std::vector<std::string> commands = {
      (is_calibrated ? "floatsd calibrate " + shell_word(init) : std::string("floatsd train")) +
      " --config " + shell_word(folder.config().string()) + " --output runs/again"};
  if (run.is_quantized && std::filesystem::exists(folder.model())) {
    commands.push_back("floatsd verify " + shell_word(folder.last().string()) + " " +
                       shell_word(folder.model().string()));
  }
  return commands;
}

/// What the weights of a float network are: floats, or what the update that moved them keeps.
std::string float_weights_of(const std::vector<TomlEntry>& config) {
  const std::string update = setting(config, "update");
  const bool has_digits = !update.empty() && update != to_string(train::UpdateKind::kFloat);
  return has_digits ? setting(config, "digits") + " digits (" + update + ")" : "float32";
}

/// All but the network.
void describe_run(const RunFolder& folder, const RunRecord& record, const RunEpochs& epochs,
                  MadeBy made_by, report::RunReport& run) {
  run.name = folder.path().string();
  const std::vector<TomlEntry> config = parse_toml(record.config, folder.config().string());
  run.dataset = setting(config, "dataset");
  run.config = record.config;
  run.float_weights = float_weights_of(config);
  run.epochs = epochs.epochs;
  run.accuracy_of = epochs.accuracy_of;
  run.commands = commands_of(folder, config, run, made_by);
  run.versions = {{"floatsd", FLOATSD_VERSION}, {"LibTorch", TORCH_VERSION}};
  if (!record.data.checksum.empty()) {
    run.versions.emplace_back("training images", std::to_string(record.data.images));
    run.versions.emplace_back("their SHA-256", record.data.checksum);
  }
}

/// How far a training came.
struct Progress {
  int epochs = 0;          ///< done
  bool is_inside = false;  ///< and steps of the next one
  int planned = 0;

  [[nodiscard]] bool is_finished() const { return epochs >= planned; }
};

/// Of calibrate, which has no epochs, it is finished.
Progress progress_of(const train::Checkpoint& checkpoint, const std::string& config,
                     const RunFolder& folder) {
  Progress progress;
  if (checkpoint.trainer.is_none()) {
    return progress;
  }
  const serialize::Field trainer(checkpoint.trainer, folder.last().string() + ": trainer");
  progress.epochs = static_cast<int>(trainer["epoch"].integer());
  progress.is_inside = trainer["step"].integer() > 0;
  const std::string planned = setting(parse_toml(config, folder.config().string()), "epochs");
  std::from_chars(planned.data(), planned.data() + planned.size(), progress.planned);
  return progress;
}

data::Dataset test_images(const ReportOptions& options, const train::Checkpoint& checkpoint,
                          const nn::Graph& graph, const RunFolder& folder) {
  const nn::InputSpec& input = graph.input();
  data::Dataset images = load_test_set(
      options.shared, or_trained_on(options.dataset, checkpoint, folder.last().string()),
      {input.channels, input.height, input.width});
  return options.images ? data::first(std::move(images), *options.images) : images;
}

RunRecord record_of(const train::Checkpoint& checkpoint, const RunFolder& folder) {
  const std::optional<RunRecord> record =
      read_record(checkpoint.run_record, folder.last().string() + ": run_record");
  return record ? *record : RunRecord{.config = read_file(folder.config()), .data = {}};
}

}  // namespace

void require_run(const RunFolder& folder) {
  const std::string path = folder.path().string();
  if (!std::filesystem::is_directory(folder.path())) {
    throw Error(path + ": is no folder, expected the folder of a run");
  }
  if (!std::filesystem::exists(folder.last())) {
    throw Error(path + (std::filesystem::exists(folder.config())
                            ? ": the run in it has no checkpoint yet, expected last.pt"
                            : ": is no run's folder, expected what train or calibrate left: "
                              "last.pt, config.toml ..."));
  }
}

namespace {

/// A run's folder while it is read.
class Reader {
 public:
  Reader(const RunFolder& folder, const ReportOptions& options)
      : folder_(folder),
        options_(options),
        checkpoint_(train::load_checkpoint(folder.last())),
        record_(record_of(checkpoint_, folder)),
        progress_(progress_of(checkpoint_, record_.config, folder)),
        epochs_(read_epochs(folder, progress_.epochs)),
        graph_(train::restore_graph(checkpoint_)) {}

  report::RunReport read() {
    remark_on_progress();
    doubt(epochs_.left_out);
    doubt(epochs_.other_epochs);
    doubt(foreign_config(folder_, record_));
    const std::optional<runtime::Program> program = integer_network();
    report::RunReport run = report_on(program);
    describe_run(folder_, record_, epochs_,
                 checkpoint_.trainer.is_none() ? MadeBy::kCalibrate : MadeBy::kTrain, run);
    if (run.answers && has_answers_of_last_epoch()) {
      doubt(foreign_metrics(folder_, *epochs_.last_correct, *run.answers));
    }
    run.remarks = std::move(remarks_);
    return run;
  }

 private:
  /// Said on the page and to the user, if there is anything to say.
  void doubt(const std::optional<std::string>& remark) {
    if (remark) {
      warn(*remark);
      remarks_.push_back(*remark);
    }
  }

  void remark_on_progress() {
    if (!progress_.is_finished()) {
      remarks_.push_back("This run is not finished: " + std::to_string(progress_.epochs) + " of " +
                         counted(progress_.planned, "epoch") + " are done" +
                         (progress_.is_inside ? ", and part of the next one" : "") +
                         ". The network is that of last.pt.");
    }
    const auto found = std::ssize(epochs_.epochs);
    if (!epochs_.left_out && found < progress_.epochs) {
      remarks_.push_back(folder_.metrics().filename().string() + " has " + std::to_string(found) +
                         " of " + counted(progress_.epochs, "epoch") + ".");
    }
  }

  /// What was shipped, or what last.pt becomes if nothing was; nothing if that is none (yet).
  std::optional<runtime::Program> integer_network() {
    if (checkpoint_.spec.qconfig.rules.empty() ||
        passes::evaluation_pass(checkpoint_.phase) != quant::Pass::kInteger) {
      return std::nullopt;
    }
    runtime::Program made;
    try {
      made = convert::to_program(graph_);
    } catch (const Error& error) {
      remarks_.push_back("There is no integer network yet: " + std::string(error.what()));
      return std::nullopt;
    }
    if (!progress_.is_finished()) {
      return made;
    }
    if (!std::filesystem::exists(folder_.model())) {
      remarks_.push_back("There is no model.safetensors; the integer network is made of last.pt.");
      return made;
    }
    runtime::Program shipped = open_model(folder_.model().string());
    doubt(foreign_model(folder_, shipped, made));
    return have_same_layers(shipped, made) ? std::move(shipped) : std::move(made);
  }

  report::RunReport report_on(const std::optional<runtime::Program>& program) {
    if (options_.skip_eval) {
      remarks_.emplace_back(kNothingEvaluated);
      return workflow::report_network(
          {.graph = graph_, .program = program ? &*program : nullptr, .threads = options_.threads});
    }
    const data::Dataset test = test_images(options_, checkpoint_, graph_, folder_);
    if (options_.images) {
      remarks_.push_back("Evaluated on the first " + counted(test.count, "test image") + ".");
    }
    std::optional<convert::Verification> verification;
    if (program) {
      verification = convert::verify(graph_, runtime::Interpreter(*program), test, options_.threads,
                                     shown_progress());
    }
    return workflow::report_network({.graph = graph_,
                                     .program = program ? &*program : nullptr,
                                     .test = &test,
                                     .verification = verification ? &*verification : nullptr,
                                     .threads = options_.threads,
                                     .on_progress = shown_progress()});
  }

  /// Whether the test images were run through the network that the last line of metrics.jsonl is
  /// of.
  [[nodiscard]] bool has_answers_of_last_epoch() const {
    return epochs_.last_correct && !progress_.is_inside && !options_.images &&
           options_.dataset.dataset.empty() && !options_.dataset.resize;
  }

  const RunFolder& folder_;
  const ReportOptions& options_;
  train::Checkpoint checkpoint_;
  RunRecord record_;
  Progress progress_;
  RunEpochs epochs_;
  nn::Graph graph_;
  std::vector<std::string> remarks_;
};

}  // namespace

report::RunReport read_run(const RunFolder& folder, const ReportOptions& options) {
  return Reader(folder, options).read();
}

void leave_report(const RunFolder& folder, const workflow::ReportedNetwork& network,
                  const EndOfRun& end) {
  try {
    report::RunReport run = workflow::report_network(network);
    describe_run(folder, end.record, read_epochs(folder, end.epochs),
                 end.epochs == 0 ? MadeBy::kCalibrate : MadeBy::kTrain, run);
    if (network.test == nullptr) {
      run.remarks.emplace_back(kNothingEvaluated);
    }
    write_file(folder.report(), report::to_html({run}));
  } catch (const std::exception& error) {
    warn("no report: " + first_line(error.what()));
  }
}

}  // namespace floatsd::app
