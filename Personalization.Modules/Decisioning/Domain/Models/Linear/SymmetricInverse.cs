using System.Runtime.Intrinsics;

namespace Personalization.Decisioning.Domain.Models.Linear;

/// <summary>
/// The inverse of a symmetric positive definite matrix, by Cholesky. All three steps (factor, invert the factor, multiply) are written as
/// products of rows, in tiles that stay in the cache: about n³ multiplications, 3,000 items in a few seconds on one thread. Sums have the same
/// order on every machine, so the same matrix gives the same inverse bit for bit.
/// </summary>
internal static class SymmetricInverse
{
    private const int Tile = 64;
    private const int Depth = 512;

    /// <summary>Replaces the matrix by its inverse, all of it filled. Only the lower half is read.</summary>
    /// <param name="matrix">Row-major, n × n.</param>
    /// <param name="n">Rows.</param>
    /// <param name="cancellationToken">Asked between tiles.</param>
    /// <exception cref="ArithmeticException">The matrix is not positive definite.</exception>
    public static void Invert(double[] matrix, int n, CancellationToken cancellationToken = default)
    {
        Factor(matrix, n, cancellationToken);
        var inverse = new double[matrix.Length];
        InvertFactor(matrix, inverse, n, cancellationToken);
        Multiply(inverse, matrix, n, cancellationToken);
    }

    /// <summary>A = L Lᵀ: L into the lower half, tile by tile from the left.</summary>
    private static void Factor(double[] a, int n, CancellationToken cancellationToken)
    {
        Span<double> sums = new double[Tile * Tile];
        for (var column = 0; column < n; column += Tile)
        {
            var width = Math.Min(Tile, n - column);
            for (var row = column; row < n; row += Tile)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var height = Math.Min(Tile, n - row);
                Products(a, row, height, a, column, width, 0, column, n, sums);
                for (var i = 0; i < height; i++)
                {
                    var own = a.AsSpan((row + i) * n, n);
                    var last = Math.Min(width, row + i - column + 1);
                    for (var j = 0; j < last; j++)
                    {
                        var other = a.AsSpan(((column + j) * n) + column, j);
                        var value = own[column + j] - sums[(i * Tile) + j] - Dot(own.Slice(column, j), other);
                        own[column + j] = row + i == column + j ? Root(value) : value / a[((column + j) * n) + column + j];
                    }
                }
            }
        }
    }

    private static double Root(double value) =>
        value > 0 ? Math.Sqrt(value) : throw new ArithmeticException("The matrix is not positive definite: its regularisation is too small.");

    /// <summary>Row j of the result is column j of the inverse of L, from its diagonal on.</summary>
    private static void InvertFactor(double[] l, double[] inverse, int n, CancellationToken cancellationToken)
    {
        Span<double> sums = new double[Tile * Tile];
        for (var first = 0; first < n; first += Tile)
        {
            var columns = Math.Min(Tile, n - first);
            for (var row = first; row < n; row += Tile)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var height = Math.Min(Tile, n - row);
                Products(inverse, first, columns, l, row, height, first, row - first, n, sums);
                for (var j = 0; j < columns; j++)
                {
                    var own = inverse.AsSpan((first + j) * n, n);
                    for (var i = Math.Max(0, first + j - row); i < height; i++)
                    {
                        var factor = l.AsSpan((row + i) * n, n);
                        var target = first + j == row + i ? 1 : 0;
                        own[row + i] = (target - sums[(j * Tile) + i] - Dot(own.Slice(row, i), factor.Slice(row, i))) / factor[row + i];
                    }
                }
            }
        }
    }

    /// <summary>The inverse of A from the rows of the inverted factor: both halves.</summary>
    private static void Multiply(double[] rows, double[] result, int n, CancellationToken cancellationToken)
    {
        Span<double> sums = new double[Tile * Tile];
        for (var row = 0; row < n; row += Tile)
        {
            var height = Math.Min(Tile, n - row);
            for (var column = 0; column <= row; column += Tile)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var width = Math.Min(Tile, n - column);
                Products(rows, row, height, rows, column, width, row, n - row, n, sums);
                for (var i = 0; i < height; i++)
                {
                    for (var j = 0; j < width; j++)
                    {
                        result[((row + i) * n) + column + j] = result[((column + j) * n) + row + i] = sums[(i * Tile) + j];
                    }
                }
            }
        }
    }

    /// <summary>Products of rows of a with rows of b over some columns, in pieces that fit the cache.</summary>
    private static void Products(
        double[] a, int firstA, int rowsA, double[] b, int firstB, int rowsB, int start, int length, int n, Span<double> sums)
    {
        sums.Clear();
        for (var depth = start; depth < start + length; depth += Depth)
        {
            var piece = Math.Min(Depth, start + length - depth);
            for (var i = 0; i < rowsA; i += 4)
            {
                for (var j = 0; j < rowsB; j += 2)
                {
                    if (i + 4 <= rowsA && j + 2 <= rowsB)
                    {
                        FourByTwo(a.AsSpan(((firstA + i) * n) + depth), b.AsSpan(((firstB + j) * n) + depth), piece, n, sums[((i * Tile) + j)..]);
                        continue;
                    }

                    for (var k = i; k < Math.Min(i + 4, rowsA); k++)
                    {
                        for (var m = j; m < Math.Min(j + 2, rowsB); m++)
                        {
                            sums[(k * Tile) + m] += Dot(a.AsSpan(((firstA + k) * n) + depth, piece), b.AsSpan(((firstB + m) * n) + depth, piece));
                        }
                    }
                }
            }
        }
    }

    private static void FourByTwo(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int length, int n, Span<double> sums)
    {
        ReadOnlySpan<double> a0 = a[..length], a1 = a.Slice(n, length), a2 = a.Slice(2 * n, length), a3 = a.Slice(3 * n, length);
        ReadOnlySpan<double> b0 = b[..length], b1 = b.Slice(n, length);
        Vector256<double> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        var k = 0;
        for (; k <= length - 4; k += 4)
        {
            var (x, y) = (Vector256.Create(b0[k..]), Vector256.Create(b1[k..]));
            var row = Vector256.Create(a0[k..]);
            (s00, s01) = (Vector256.FusedMultiplyAdd(row, x, s00), Vector256.FusedMultiplyAdd(row, y, s01));
            row = Vector256.Create(a1[k..]);
            (s10, s11) = (Vector256.FusedMultiplyAdd(row, x, s10), Vector256.FusedMultiplyAdd(row, y, s11));
            row = Vector256.Create(a2[k..]);
            (s20, s21) = (Vector256.FusedMultiplyAdd(row, x, s20), Vector256.FusedMultiplyAdd(row, y, s21));
            row = Vector256.Create(a3[k..]);
            (s30, s31) = (Vector256.FusedMultiplyAdd(row, x, s30), Vector256.FusedMultiplyAdd(row, y, s31));
        }

        sums[0] += Vector256.Sum(s00) + Rest(a0[k..], b0[k..]);
        sums[1] += Vector256.Sum(s01) + Rest(a0[k..], b1[k..]);
        sums[Tile] += Vector256.Sum(s10) + Rest(a1[k..], b0[k..]);
        sums[Tile + 1] += Vector256.Sum(s11) + Rest(a1[k..], b1[k..]);
        sums[2 * Tile] += Vector256.Sum(s20) + Rest(a2[k..], b0[k..]);
        sums[(2 * Tile) + 1] += Vector256.Sum(s21) + Rest(a2[k..], b1[k..]);
        sums[3 * Tile] += Vector256.Sum(s30) + Rest(a3[k..], b0[k..]);
        sums[(3 * Tile) + 1] += Vector256.Sum(s31) + Rest(a3[k..], b1[k..]);
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector256<double> sum = default;
        var k = 0;
        for (; k <= a.Length - 4; k += 4)
        {
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(a[k..]), Vector256.Create(b[k..]), sum);
        }

        return Vector256.Sum(sum) + Rest(a[k..], b[k..]);
    }

    private static double Rest(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0d;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
