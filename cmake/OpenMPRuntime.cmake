# The OpenMP runtime that an executable computes with: LLVM's, if it is installed, in the place of
# the GNU one that comes with LibTorch. Threads that wait for others spin in either; LLVM's give up
# their core to whoever wants it meanwhile, GNU's keep it, so that two programs on the same cores
# stop each other for most of the time (docs/performance.md, bench/busy). LLVM's runtime also has
# the GNU one's functions, and the runtime that is named first answers for them in the whole
# process, LibTorch included. The results are equal to the bit.
find_library(FLOATSD_OPENMP_RUNTIME NAMES libomp.so.5 omp iomp5
             DOC "LLVM's OpenMP runtime; without it LibTorch's GNU one is used")
add_library(floatsd_openmp INTERFACE)
if(FLOATSD_OPENMP_RUNTIME)
  target_link_options(floatsd_openmp INTERFACE
    "LINKER:--push-state,--no-as-needed" "${FLOATSD_OPENMP_RUNTIME}" "LINKER:--pop-state")
else()
  message(STATUS "LLVM's OpenMP runtime (libomp) was not found: trainings beside other programs are slow")
endif()
