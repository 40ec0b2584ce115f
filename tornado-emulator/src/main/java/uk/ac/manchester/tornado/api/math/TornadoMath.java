package uk.ac.manchester.tornado.api.math;

/// Mathematical functions that TornadoVM translates to those of the device.
public class TornadoMath {

    /// The smaller of two values.
    public static float min(float a, float b) {
        return Math.min(a, b);
    }

    /// The smaller of two values.
    public static double min(double a, double b) {
        return Math.min(a, b);
    }

    /// The smaller of two values.
    public static long min(long a, long b) {
        return Math.min(a, b);
    }

    /// The smaller of two values.
    public static int min(int a, int b) {
        return Math.min(a, b);
    }

    /// The larger of two values.
    public static float max(float a, float b) {
        return Math.max(a, b);
    }

    /// The larger of two values.
    public static double max(double a, double b) {
        return Math.max(a, b);
    }

    /// The larger of two values.
    public static long max(long a, long b) {
        return Math.max(a, b);
    }

    /// The larger of two values.
    public static int max(int a, int b) {
        return Math.max(a, b);
    }

    /// The absolute value.
    public static float abs(float a) {
        return Math.abs(a);
    }

    /// The absolute value.
    public static double abs(double a) {
        return Math.abs(a);
    }

    /// The absolute value.
    public static long abs(long a) {
        return Math.abs(a);
    }

    /// The absolute value.
    public static int abs(int a) {
        return Math.abs(a);
    }

    /// The nearest value between two bounds.
    public static float clamp(float val, float min, float max) {
        return max(min, min(max, val));
    }

    /// The nearest value between two bounds.
    public static double clamp(double val, double min, double max) {
        return max(min, min(max, val));
    }

    /// The nearest value between two bounds.
    public static long clamp(long val, long min, long max) {
        return max(min, min(max, val));
    }

    /// The nearest value between two bounds.
    public static int clamp(int val, int min, int max) {
        return max(min, min(max, val));
    }

    /// e to the power of a value.
    public static float exp(float x) {
        return (float) Math.exp(x);
    }

    /// e to the power of a value.
    public static double exp(double x) {
        return Math.exp(x);
    }

    /// The square root.
    public static float sqrt(float x) {
        return (float) Math.sqrt(x);
    }

    /// The square root.
    public static double sqrt(double x) {
        return Math.sqrt(x);
    }

    /// The largest whole number that is not larger.
    public static float floor(float x) {
        return (float) Math.floor(x);
    }

    /// The largest whole number that is not larger.
    public static double floor(double x) {
        return Math.floor(x);
    }

    /// The smallest whole number that is not smaller.
    public static float ceil(float x) {
        return (float) Math.ceil(x);
    }

    /// The smallest whole number that is not smaller.
    public static double ceil(double x) {
        return Math.ceil(x);
    }

    /// What exceeds the largest whole number that is not larger.
    public static float fract(float x) {
        return x - floor(x);
    }

    /// What exceeds the largest whole number that is not larger.
    public static double fract(double x) {
        return x - floor(x);
    }

    /// The natural logarithm.
    public static float log(float x) {
        return (float) Math.log(x);
    }

    /// The natural logarithm.
    public static double log(double x) {
        return Math.log(x);
    }

    /// The logarithm to base 2.
    public static float log2(float x) {
        return (float) (Math.log(x) / Math.log(2));
    }

    /// The logarithm to base 2.
    public static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }

    /// The sine.
    public static float sin(float x) {
        return (float) Math.sin(x);
    }

    /// The sine.
    public static double sin(double x) {
        return Math.sin(x);
    }

    /// The cosine.
    public static float cos(float x) {
        return (float) Math.cos(x);
    }

    /// The cosine.
    public static double cos(double x) {
        return Math.cos(x);
    }

    /// The tangent.
    public static float tan(float x) {
        return (float) Math.tan(x);
    }

    /// The tangent.
    public static double tan(double x) {
        return Math.tan(x);
    }

    /// The hyperbolic tangent.
    public static float tanh(float x) {
        return (float) Math.tanh(x);
    }

    /// The hyperbolic tangent.
    public static double tanh(double x) {
        return Math.tanh(x);
    }

    /// The arc tangent.
    public static float atan(float x) {
        return (float) Math.atan(x);
    }

    /// The arc tangent.
    public static double atan(double x) {
        return Math.atan(x);
    }

    /// The arc cosine.
    public static float acos(float x) {
        return (float) Math.acos(x);
    }

    /// The arc cosine.
    public static double acos(double x) {
        return Math.acos(x);
    }

    /// The arc sine.
    public static float asin(float x) {
        return (float) Math.asin(x);
    }

    /// The arc sine.
    public static double asin(double x) {
        return Math.asin(x);
    }

    /// A value to the power of another.
    public static float pow(float a, float b) {
        return (float) Math.pow(a, b);
    }

    /// A value to the power of another.
    public static double pow(double a, double b) {
        return Math.pow(a, b);
    }

    /// The angle of a point.
    public static float atan2(float a, float b) {
        return (float) Math.atan2(a, b);
    }

    /// The angle of a point.
    public static double atan2(double a, double b) {
        return Math.atan2(a, b);
    }

    /// The sign: -1, 0 or 1.
    public static float signum(float x) {
        return Math.signum(x);
    }

    /// The sign: -1, 0 or 1.
    public static double signum(double x) {
        return Math.signum(x);
    }

    /// Pi.
    public static float floatPI() {
        return (float) Math.PI;
    }

    /// Pi.
    public static double PI() {
        return Math.PI;
    }
}
