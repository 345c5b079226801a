#include "flag_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "core/names.h"

namespace floatsd::app {
namespace {

/// Names that other trainers and quantizers have for our flags, as plain() has them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 45> kElsewhere = {{
    {"learningrate", "lr"},
    {"baselr", "lr"},
    {"scheduler", "sched"},
    {"schedule", "sched"},
    {"lrscheduler", "sched"},
    {"lrschedule", "sched"},
    {"lrschedulertype", "sched"},
    {"optimizer", "opt"},
    {"optim", "opt"},
    {"wd", "weight-decay"},
    {"l2", "weight-decay"},
    {"gamma", "decay-rate"},
    {"lrgamma", "decay-rate"},
    {"stepsize", "decay-epochs"},
    {"lrstepsize", "decay-epochs"},
    {"warmup", "warmup-epochs"},
    {"lrwarmupepochs", "warmup-epochs"},
    {"labelsmoothing", "smoothing"},
    {"modelema", "ema-decay"},
    {"modelemadecay", "ema-decay"},
    {"bs", "batch-size"},
    {"batch", "batch-size"},
    {"numepochs", "epochs"},
    {"numtrainepochs", "epochs"},
    {"numworkers", "workers"},
    {"j", "workers"},
    {"numthreads", "threads"},
    {"randomseed", "seed"},
    {"manualseed", "seed"},
    {"model", "network"},
    {"arch", "network"},
    {"architecture", "network"},
    {"pretrained", "init"},
    {"checkpoint", "init"},
    {"initialcheckpoint", "init"},
    {"finetune", "init"},
    {"datadir", "data"},
    {"datapath", "data"},
    {"dataroot", "data"},
    {"root", "data"},
    {"out", "output"},
    {"outdir", "output"},
    {"outputdir", "output"},
    {"savedir", "output"},
    {"force", "overwrite"},
}};

/// Without what writers disagree on.
std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != '.') {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

bool has(const std::vector<std::string>& known, std::string_view name) {
  return std::find(known.begin(), known.end(), name) != known.end();
}

}  // namespace

std::string meant_flag(std::string_view name, const std::vector<std::string>& known) {
  constexpr size_t kTellingLength = 3;
  const std::string wanted = plain(name);
  for (const std::string& flag : known) {
    if (plain(flag) == wanted) {
      return flag;
    }
  }
  for (const auto& [elsewhere, ours] : kElsewhere) {
    if (elsewhere == wanted && has(known, ours)) {
      return std::string(ours);
    }
  }
  if (wanted.size() < kTellingLength) {
    return {};
  }
  if (std::string near = nearest_name(name, known); !near.empty()) {
    return near;
  }
  for (const std::string& flag : known) {
    if (plain(flag).starts_with(wanted)) {
      return flag;
    }
  }
  return {};
}

}  // namespace floatsd::app
