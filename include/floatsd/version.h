#pragma once
// Version of the library whose headers these are. CMake reads it from here.

#define FLOATSD_VERSION_MAJOR 0
#define FLOATSD_VERSION_MINOR 1
#define FLOATSD_VERSION_PATCH 0

/// "0.1.0"
#define FLOATSD_VERSION "0.1.0"
