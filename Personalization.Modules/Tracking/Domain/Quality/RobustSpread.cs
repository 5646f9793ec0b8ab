namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// The last values of a property, their median and their spread by the median of absolute deviations, which half of the values being
/// wrong cannot move far. Positive values are compared by their logarithms: prices have long tails. One thread.
/// </summary>
internal sealed class RobustSpread
{
    private const int Kept = 256;
    private const int MinValues = 64;

    /// <summary>Makes the median of absolute deviations a standard deviation where values are normal.</summary>
    private const double Normal = 1.4826;

    /// <summary>Least deviation, of the median or in logarithms: where values hardly vary, a tenth more is not an outlier.</summary>
    private const double LeastRelative = 0.05;

    /// <summary>
    /// The same where half of the values are one value, as quantities are: their median deviation says nothing of the rest. With the usual
    /// bound, a dozen times as many is an outlier, and two or three instead of one are not.
    /// </summary>
    private const double LeastAroundOneValue = 0.25;

    /// <summary>A normal value deviates by more than this many standard deviations once in twenty.</summary>
    private const double NormalOnceInTwenty = 1.96;

    private readonly float[] _values = new float[Kept];
    private readonly float[] _sorted = new float[Kept];
    private int _added;
    private double _middle;
    private double _spread;
    private bool _isLogarithmic;

    public bool IsLearning => _added < MinValues;

    /// <summary>In the unit of the values.</summary>
    public double Median => _isLogarithmic ? Math.Exp(_middle) : _middle;

    /// <summary>How many robust deviations a value is from the median of those before; 0 while learning. Then takes it in.</summary>
    public double Add(double value)
    {
        var deviations = IsLearning ? 0 : Math.Abs(Position(value));
        _values[_added % Kept] = (float)value;
        _added++;
        if (_added == MinValues || (_added > MinValues && _added % 16 == 0))
        {
            Measure();
        }

        return deviations;
    }

    /// <summary>A zero or less among amounts that are positive has no logarithm: it is infinitely far away.</summary>
    private double Position(double value)
    {
        if (!_isLogarithmic)
        {
            return (value - _middle) / _spread;
        }

        return value > 0 ? (Math.Log(value) - _middle) / _spread : double.NegativeInfinity;
    }

    private void Measure()
    {
        var count = Math.Min(_added, Kept);
        var sorted = _sorted.AsSpan(0, count);
        _values.AsSpan(0, count).CopyTo(sorted);
        sorted.Sort();
        var notPositive = 0;
        while (notPositive < count && sorted[notPositive] <= 0)
        {
            notPositive++;
        }

        _isLogarithmic = notPositive * 20 <= count;
        if (_isLogarithmic)
        {
            sorted = sorted[notPositive..];
            foreach (ref var value in sorted)
            {
                value = (float)Math.Log(value);
            }
        }

        _middle = sorted[sorted.Length / 2];
        foreach (ref var value in sorted)
        {
            value = (float)Math.Abs(value - _middle);
        }

        sorted.Sort();
        var unit = _isLogarithmic ? 1 : Math.Abs(_middle);
        var half = sorted[sorted.Length / 2];
        _spread = half > 0
            ? Math.Max(Normal * half, Math.Max(LeastRelative * unit, 1e-6))
            : Math.Max(sorted[sorted.Length * 19 / 20] / NormalOnceInTwenty, Math.Max(LeastAroundOneValue * unit, 1e-6));
    }
}
