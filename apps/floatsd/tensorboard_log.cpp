#include "tensorboard_log.h"

#include <sstream>

namespace floatsd::app {
namespace {

constexpr int64_t kPointsInAnEpoch = 100;

int64_t step_of_run(const train::Progress& now) { return now.epoch * now.steps + now.step; }

/// Of a run that has made so many steps. One that begins takes the place of whatever is there.
int64_t first_step(int64_t steps) { return steps == 0 ? 0 : steps + 1; }

bool is_shown(const train::Progress& now) {
  const int64_t every = (now.steps - 1) / kPointsInAnEpoch + 1;
  return now.step % every == 0 || now.step == now.steps;
}

/// As Markdown has it as it stands.
std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string line, result;
  while (std::getline(lines, line)) {
    result += "    " + line + "\n";
  }
  return result;
}

}  // namespace

TensorBoardLog::TensorBoardLog(const std::filesystem::path& folder, const train::Progress& now,
                               const std::string& config)
    : file_(folder, first_step(step_of_run(now))), step_(step_of_run(now)) {
  file_.add(first_step(step_), "config", indented(config));
}

void TensorBoardLog::start_clock(const train::Progress& now) {
  images_ = now.images;
  time_ = std::chrono::steady_clock::now();
}

void TensorBoardLog::add_step(const train::Progress& now) {
  step_ = step_of_run(now);
  if (!is_shown(now)) {
    return;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - time_;
  const auto images = static_cast<double>(now.images - images_);
  file_.add(step_, {{"step/loss", now.step_loss},
                    {"step/learning_rate", now.learning_rate},
                    {"step/images_per_second", images / seconds.count()}});
  start_clock(now);
}

void TensorBoardLog::add_epoch(const nlohmann::ordered_json& line,
                               const std::vector<NamedHistogram>& histograms) {
  std::vector<tensorboard::Scalar> scalars;
  for (const auto& [key, value] : line.items()) {
    if (value.is_number()) {
      scalars.push_back({"epoch/" + key, value.get<double>()});
    } else if (value.is_string()) {
      file_.add(step_, "epoch/" + key, value.get<std::string>());
    }
  }
  file_.add(step_, scalars);
  for (const NamedHistogram& named : histograms) {
    file_.add(step_, named.tag, named.histogram);
  }
}

}  // namespace floatsd::app
