/* What is to be compiled into its caller, who knows some of its arguments when compiling. */
#ifndef TJ_BASE_INLINE_H
#define TJ_BASE_INLINE_H

#define INLINE static inline __attribute__((always_inline))

#endif
