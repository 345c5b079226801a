#pragma once
// Option groups: under which heading --help, the man pages and the site list an option.

namespace floatsd::app::group {

inline constexpr const char* kNetworkAndData = "Network and data";
inline constexpr const char* kQuantization = "Quantization";
inline constexpr const char* kCalibration = "Calibration";
inline constexpr const char* kSchedule = "Schedule";
inline constexpr const char* kAugmentation = "Augmentation";
inline constexpr const char* kOutput = "Output";

}  // namespace floatsd::app::group
