using System.Runtime.Intrinsics;

namespace Personalization.Decisioning.Domain.Models.Factors;

/// <summary>Rows of floats, added and multiplied in an order that is the same on every machine.</summary>
internal static class Vectors
{
    /// <summary>target += factor × source</summary>
    public static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        var factors = Vector256.Create(factor);
        var i = 0;
        for (; i <= target.Length - 8; i += 8)
        {
            Vector256.FusedMultiplyAdd(Vector256.Create(source[i..]), factors, Vector256.Create<float>(target[i..])).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = MathF.FusedMultiplyAdd(source[i], factor, target[i]);
        }
    }

    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sums = Vector256<float>.Zero;
        var i = 0;
        for (; i <= a.Length - 8; i += 8)
        {
            sums = Vector256.FusedMultiplyAdd(Vector256.Create(a[i..]), Vector256.Create(b[i..]), sums);
        }

        var sum = Vector256.Sum(sums);
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>Solves A x = b in place of b for a positive definite A, of which the lower half is read and used up.</summary>
    public static void Solve(Span<float> a, Span<float> b, int n)
    {
        for (var i = 0; i < n; i++)
        {
            var row = a.Slice(i * n, n);
            for (var j = 0; j <= i; j++)
            {
                var value = row[j] - Dot(row[..j], a.Slice(j * n, j));
                row[j] = i == j ? MathF.Sqrt(MathF.Max(value, 1e-12f)) : value / a[(j * n) + j];
            }

            b[i] = (b[i] - Dot(row[..i], b[..i])) / row[i];
        }

        for (var i = n - 1; i >= 0; i--)
        {
            b[i] /= a[(i * n) + i];
            AddScaled(b[..i], a.Slice(i * n, i), -b[i]);
        }
    }
}
