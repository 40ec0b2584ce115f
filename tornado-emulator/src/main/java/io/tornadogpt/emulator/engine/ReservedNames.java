package io.tornadogpt.emulator.engine;

import java.util.Set;
import java.util.regex.Pattern;

/// Names that OpenCL C or CUDA C have given away. A kernel keeps its method's name there, so one of
/// these does not compile, or crashes the JVM, as `exp` was seen to do. Helpers are inlined and
/// lose their names.
final class ReservedNames {

    /// Keywords and types of C and C++, which both languages are made of.
    private static final String KEYWORDS =
            "auto break case char const constexpr continue default delete do double else enum"
                    + " extern float for goto if inline int long main mutable namespace new nullptr"
                    + " operator private protected public register restrict return short signed"
                    + " sizeof static struct switch template this typedef typename union unsigned"
                    + " using virtual void volatile while bool true false asm half kernel global"
                    + " local constant generic read_only write_only read_write pipe uniform event_t"
                    + " sampler_t queue_t ndrange_t clk_event_t reserve_id_t cl_mem_fence_flags"
                    + " image1d_t image2d_t image3d_t size_t ptrdiff_t intptr_t uintptr_t uchar"
                    + " ushort uint ulong quad complex imaginary dim3 threadIdx blockIdx blockDim"
                    + " gridDim warpSize";

    /// Functions that OpenCL C or CUDA C bring along.
    private static final String FUNCTIONS =
            "acos acosh acospi asin asinh asinpi atan atan2 atanh atanpi atan2pi cbrt ceil copysign"
                    + " cos cosh cospi erfc erf exp exp2 exp10 expm1 fabs fdim floor fma fmax fmin"
                    + " fmod fract frexp hypot ilogb ldexp lgamma lgamma_r log log2 log10 log1p"
                    + " logb mad maxmag minmag modf nan nextafter pow pown powr remainder remquo"
                    + " rint rootn round rsqrt sin sincos sinh sinpi sqrt tan tanh tanpi tgamma"
                    + " trunc abs abs_diff add_sat hadd rhadd clamp clz ctz mad_hi mad_sat max min"
                    + " mul_hi rotate sub_sat upsample popcount mad24 mul24 degrees mix radians"
                    + " step smoothstep sign cross dot distance length normalize fast_distance"
                    + " fast_length fast_normalize isequal isnotequal isgreater isgreaterequal"
                    + " isless islessequal islessgreater isfinite isinf isnan isnormal isordered"
                    + " isunordered signbit any all bitselect select shuffle shuffle2 barrier"
                    + " mem_fence read_mem_fence write_mem_fence work_group_barrier prefetch"
                    + " async_work_group_copy async_work_group_strided_copy wait_group_events"
                    + " printf vec_step get_work_dim get_global_size get_global_id get_local_size"
                    + " get_local_id get_num_groups get_group_id get_global_offset"
                    + " get_enqueued_local_size get_global_linear_id get_local_linear_id"
                    + " is_valid_event retain_event release_event";

    private static final Set<String> WORDS = Set.of((KEYWORDS + " " + FUNCTIONS).split(" "));

    /// Vector types, such as `float4` and `int8`, and families of functions.
    private static final Pattern FAMILIES =
            Pattern.compile(
                    "(u?(char|short|int|long|longlong)|float|double|half|bool)(1|2|3|4|8|16)"
                            + "|(native|half|atomic|atom|convert|as|read_image|write_image|image"
                            + "|sub_group|work_group|intel_sub_group|cl|CL)_\\w+"
                            + "|v(load|store)a?(_half)?\\w*|__\\w+"
                            + "|atomic(Add|Sub|Exch|Min|Max|Inc|Dec|CAS|And|Or|Xor)\\w*"
                            + "|tex[123]D\\w*|surf[123]D\\w*");

    private ReservedNames() {}

    /// Whether a kernel may not have the name.
    static boolean contains(String name) {
        return WORDS.contains(name) || FAMILIES.matcher(name).matches();
    }
}
