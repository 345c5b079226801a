#pragma once
// Sweep flags: what a sweep is asked for on the command line and in its config.

#include <cstdint>
#include <string>
#include <vector>

#include "sweep_plan.h"

namespace CLI {
class App;
}

namespace floatsd::app {

struct SweepFlags {
  SweepPlan plan;
  std::string config;
  std::vector<std::string> formats;
  std::vector<uint64_t> seeds;
  std::vector<std::string> of_training, of_calibration;  ///< flags of one kind of run alone
};

void add_options(CLI::App& command, SweepFlags& flags);

/// The jobs, and what is to be said of the config.
struct Asked {
  std::vector<SweepJob> jobs;
  std::vector<std::string> remarks;
};

/// Reads the config, and what data set and weights say of the network. Throws Error.
Asked read_flags(CLI::App& command, SweepFlags& flags);

}  // namespace floatsd::app
