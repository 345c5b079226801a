#include "train/flush_denormals.h"

#include <ATen/Context.h>

namespace floatsd::train {

void flush_denormals() { at::globalContext().setFlushDenormal(true); }

}  // namespace floatsd::train
