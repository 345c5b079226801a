# floatsd_warnings: what our own sources are compiled with. Never exported.
# Off: sign conversion (tensor sizes are int64_t, containers' are size_t), missing initializers
# (a designated initializer leaves the other members at their defaults on purpose), maybe
# uninitialized (GCC 12 says it of every moved std::variant; the sanitizers watch instead).
# A newer compiler warns of new things, which stops nobody's first build: errors are for GCC to 12.
add_library(floatsd_warnings INTERFACE)
target_compile_options(floatsd_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  -Wnon-virtual-dtor
  -Woverloaded-virtual
  $<$<AND:$<BOOL:${FLOATSD_WARNINGS_AS_ERRORS}>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Werror>)
