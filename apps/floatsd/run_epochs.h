#pragma once
// Run epochs: what metrics.jsonl says of a run, as far as it can be read.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/report/run_report.h"
#include "run_folder.h"

namespace floatsd::app {

struct RunEpochs {
  std::vector<report::Epoch> epochs;
  std::string accuracy_of;                  ///< the epochs' accuracy: "validation" or "test"
  std::optional<int64_t> last_correct;      ///< test images that were right after the last epoch
  std::optional<std::string> left_out;      ///< which lines are damaged, and what is wrong
  std::optional<std::string> other_epochs;  ///< that there are more lines than the run can have
};

/// Of a run whose last checkpoint has `done` epochs; nothing of a folder without metrics.jsonl. A
/// line more is of a run that was killed before it wrote the checkpoint. Throws Error if the file
/// cannot be read.
RunEpochs read_epochs(const RunFolder& folder, int done);

}  // namespace floatsd::app
