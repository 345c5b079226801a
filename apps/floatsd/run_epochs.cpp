#include "run_epochs.h"

#include <algorithm>
#include <limits>

#include "core/counted.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

constexpr double kNotFinite = std::numeric_limits<double>::quiet_NaN();

/// The number of that key; nothing if there is none. null is a number that was not finite.
std::optional<double> number_at(const ordered_json& line, const std::string& key) {
  const auto found = line.find(key);
  if (found == line.end()) {
    return std::nullopt;
  }
  require(found->is_number() || found->is_null(),
          key + " is " + found->dump() + ", expected a number");
  return found->is_null() ? kNotFinite : found->get<double>();
}

const ordered_json& need(const ordered_json& line, const std::string& key) {
  const auto found = line.find(key);
  require(found != line.end(), "has no " + key + ", expected a line that train wrote");
  return *found;
}

double needed_number(const ordered_json& line, const std::string& key) {
  need(line, key);
  return *number_at(line, key);
}

report::Epoch epoch_of(const ordered_json& line, int number, const std::string& accuracy) {
  const ordered_json& found = need(line, "epoch");
  require(found.is_number_integer() && found == number,
          "epoch is " + found.dump() + ", expected " + std::to_string(number));
  const ordered_json& phase = need(line, "phase");
  require(phase.is_string(), "phase is " + phase.dump() + ", expected a text");
  return {.number = number,
          .phase = phase.get<std::string>(),
          .learning_rate = needed_number(line, "learning_rate"),
          .loss = needed_number(line, "loss"),
          .accuracy = number_at(line, accuracy),
          .images_per_second = number_at(line, "images_per_second")};
}

bool validates(const std::vector<std::string>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("\"validation_accuracy\":") != std::string::npos;
  });
}

}  // namespace

RunEpochs read_epochs(const RunFolder& folder, int done) {
  const std::vector<std::string> lines = folder.metrics_lines();
  RunEpochs read{.accuracy_of = validates(lines) ? "validation" : "test"};
  const std::string accuracy = validates(lines) ? "validation_accuracy" : "accuracy";
  const auto count = std::min(lines.size(), static_cast<size_t>(done));
  int64_t damaged = 0;
  for (size_t i = 0; i < count; ++i) {
    const std::string place = folder.metrics_place(i);
    try {
      const ordered_json line = parse_metrics(lines[i], place);
      read.epochs.push_back(
          named(place, [&] { return epoch_of(line, static_cast<int>(i) + 1, accuracy); }));
      if (i + 1 == static_cast<size_t>(done) && line.contains("correct")) {
        read.last_correct = line["correct"].get<int64_t>();
      }
    } catch (const Error& error) {
      read.left_out = read.left_out.value_or(error.what());
      ++damaged;
    }
  }
  if (damaged > 0) {
    *read.left_out +=
        "; left out" + (damaged == 1 ? "" : ", as " + counted(damaged - 1, "more line"));
  }
  if (lines.size() > count + 1) {
    read.other_epochs = folder.metrics().string() + " has " + counted(std::ssize(lines), "line") +
                        ", and " + folder.last().filename().string() + " is of epoch " +
                        std::to_string(done) + ": are they of two runs?";
  }
  return read;
}

}  // namespace floatsd::app
