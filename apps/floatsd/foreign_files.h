#pragma once
// Foreign files: what lies in a run's folder and is not of the run whose last.pt is there.

#include <cstdint>
#include <optional>
#include <string>

#include "floatsd/report/run_report.h"
#include "floatsd/runtime/program.h"
#include "run_folder.h"
#include "run_record.h"

namespace floatsd::app {

/// That config.toml has other values than the run began with; nothing if it has the same. Throws
/// Error if it cannot be read.
std::optional<std::string> foreign_config(const RunFolder& folder, const RunRecord& record);

/// That model.safetensors is not `made`, the integer network that last.pt becomes.
std::optional<std::string> foreign_model(const RunFolder& folder, const runtime::Program& shipped,
                                         const runtime::Program& made);

/// That metrics.jsonl has other right images of the last epoch than the network of last.pt has. Of
/// a float network some may differ, as another machine rounds otherwise.
std::optional<std::string> foreign_metrics(const RunFolder& folder, int64_t correct,
                                           const report::Answers& answers);

/// Whether a report can show one in the place of the other: the same layers, of the same shapes.
bool have_same_layers(const runtime::Program& a, const runtime::Program& b);

}  // namespace floatsd::app
