#include "run_report.h"

#include <torch/csrc/api/include/torch/version.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <exception>
#include <limits>
#include <utility>

#include "command_line.h"
#include "console.h"
#include "core/file.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/report/html.h"
#include "floatsd/serialize/field.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/version.h"
#include "open_model.h"
#include "printable.h"
#include "toml_file.h"
#include "trained_on.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

constexpr double kNotFinite = std::numeric_limits<double>::quiet_NaN();

/// The number of that key; nothing if there is none. null is a number that was not finite.
std::optional<double> number_at(const ordered_json& line, const std::string& key,
                                const std::string& where) {
  const auto found = line.find(key);
  if (found == line.end()) {
    return std::nullopt;
  }
  if (!found->is_number() && !found->is_null()) {
    throw Error(where + ": " + key + " is " + found->dump() + ", expected a number");
  }
  return found->is_null() ? kNotFinite : found->get<double>();
}

report::Epoch epoch_of(const ordered_json& line, const std::string& accuracy,
                       const std::string& where) {
  const auto need = [&](const std::string& key) {
    const std::optional<double> value = number_at(line, key, where);
    if (!value) {
      throw Error(where + ": has no " + key + ", expected a line that train wrote");
    }
    return *value;
  };
  const auto number = line.find("epoch");
  if (number == line.end()) {
    throw Error(where + ": has no epoch, expected a line that train wrote");
  }
  if (!number->is_number_integer() || *number < 1 || *number > kMostEpochs) {
    throw Error(where + ": epoch is " + number->dump() + ", expected a whole number from 1");
  }
  const auto phase = line.find("phase");
  if (phase == line.end() || !phase->is_string()) {
    throw Error(where + ": has no phase, expected a line that train wrote");
  }
  return {.number = number->get<int>(),
          .phase = phase->get<std::string>(),
          .learning_rate = need("learning_rate"),
          .loss = need("loss"),
          .accuracy = number_at(line, accuracy, where),
          .images_per_second = number_at(line, "images_per_second", where)};
}

void add_epochs(const std::vector<ordered_json>& metrics, const std::string& where,
                report::RunReport& run) {
  const bool validates = std::any_of(metrics.begin(), metrics.end(), [](const ordered_json& line) {
    return line.contains("validation_accuracy");
  });
  run.accuracy_of = validates ? "validation" : "test";
  for (size_t i = 0; i < metrics.size(); ++i) {
    run.epochs.push_back(epoch_of(metrics[i], validates ? "validation_accuracy" : "accuracy",
                                  where + ": line " + std::to_string(i + 1)));
  }
}

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

/// What makes the run again, and checks it.
std::vector<std::string> commands_of(const RunFolder& folder, const std::vector<TomlEntry>& config,
                                     const report::RunReport& run) {
  const std::string init = setting(config, "init");
  const bool is_calibrated = run.epochs.empty() && !init.empty() && run.is_quantized;
  std::vector<std::string> commands = {
      (is_calibrated ? "floatsd calibrate " + shell_word(init) : std::string("floatsd train")) +
      " --config " + shell_word(folder.config().string()) + " --output runs/again"};
  if (run.is_quantized) {
    commands.push_back("floatsd verify " + shell_word(folder.last().string()) + " " +
                       shell_word(folder.model().string()));
  }
  return commands;
}

/// All but the network.
void describe_run(const RunFolder& folder, const RunRecord& record,
                  const std::vector<ordered_json>& metrics, report::RunReport& run) {
  run.name = folder.path().string();
  const std::vector<TomlEntry> config = parse_toml(record.config, folder.config().string());
  run.dataset = setting(config, "dataset");
  run.config = record.config;
  add_epochs(metrics, folder.metrics().string(), run);
  run.commands = commands_of(folder, config, run);
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

void remark_on(const Progress& progress, const RunFolder& folder, report::RunReport& run) {
  if (!progress.is_finished()) {
    run.remarks.push_back("This run is not finished: " + std::to_string(progress.epochs) + " of " +
                          std::to_string(progress.planned) + " epochs are done" +
                          (progress.is_inside ? ", and part of the next one" : "") +
                          ". The network is that of last.pt.");
  }
  if (run.epochs.size() < static_cast<size_t>(progress.epochs)) {
    run.remarks.push_back(folder.metrics().filename().string() + " has " +
                          std::to_string(run.epochs.size()) + " of " +
                          std::to_string(progress.epochs) + " epochs.");
  }
}

/// The integer network: what was shipped, or what last.pt would become if nothing was.
std::optional<runtime::Program> program_of(const nn::Graph& graph,
                                           const train::Checkpoint& checkpoint,
                                           const RunFolder& folder, bool is_finished,
                                           std::vector<std::string>& remarks) {
  if (checkpoint.spec.qconfig.rules.empty() ||
      passes::evaluation_pass(checkpoint.phase) != quant::Pass::kInteger) {
    return std::nullopt;
  }
  if (is_finished && std::filesystem::exists(folder.model())) {
    return open_model(folder.model().string());
  }
  if (is_finished) {
    remarks.push_back("There is no model.safetensors; the integer network is made of last.pt.");
  }
  try {
    return convert::to_program(graph);
  } catch (const Error& error) {
    remarks.push_back("There is no integer network yet: " + std::string(error.what()));
    return std::nullopt;
  }
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

}  // namespace

report::RunReport read_run(const RunFolder& folder, const ReportOptions& options) {
  require_run(folder);
  const train::Checkpoint checkpoint = train::load_checkpoint(folder.last());
  const RunRecord record = record_of(checkpoint, folder);
  const Progress progress = progress_of(checkpoint, record.config, folder);
  const std::vector<ordered_json> metrics = folder.read_metrics(progress.epochs);
  nn::Graph graph = train::restore_graph(checkpoint);
  std::vector<std::string> remarks;
  const std::optional<runtime::Program> program =
      program_of(graph, checkpoint, folder, progress.is_finished(), remarks);
  std::optional<data::Dataset> test;
  std::optional<convert::Verification> verification;
  if (!options.skip_eval) {
    test = test_images(options, checkpoint, graph, folder);
    if (program) {
      verification = convert::verify(graph, runtime::Interpreter(*program), *test, options.threads,
                                     shown_progress());
    }
  }
  report::RunReport run = workflow::report_network(
      {graph, program ? &*program : nullptr, test ? &*test : nullptr,
       verification ? &*verification : nullptr, options.threads, shown_progress()});
  describe_run(folder, record, metrics, run);
  remark_on(progress, folder, run);
  run.remarks.insert(run.remarks.end(), remarks.begin(), remarks.end());
  if (options.skip_eval) {
    run.remarks.push_back("Nothing was evaluated (--skip-eval).");
  } else if (options.images) {
    run.remarks.push_back("Evaluated on the first " + std::to_string(test->count) +
                          " test images.");
  }
  return run;
}

void leave_report(const RunFolder& folder, const workflow::ReportedNetwork& network,
                  const EndOfRun& end) {
  try {
    report::RunReport run = workflow::report_network(network);
    describe_run(folder, end.record, end.metrics, run);
    if (network.test == nullptr) {
      run.remarks.push_back("Nothing was evaluated (--skip-eval).");
    }
    write_file(folder.report(), report::to_html({run}));
  } catch (const std::exception& error) {
    warn("no report: " + first_line(error.what()));
  }
}

}  // namespace floatsd::app
