namespace Personalization.Tracking.Domain.Quality;

/// <summary>One property of a series: how often it is there, whether it is a number, and what numbers it holds. One thread.</summary>
internal sealed class PropertyProfile
{
    private const int Learning = 44;

    /// <summary>What is flagged becomes usual in the end, after some hundred events.</summary>
    private const int Reluctance = 5_000;
    private readonly RecentShare _present = new();
    private readonly RecentShare _numeric = new();
    private double _usualPresent;
    private double _usualNumeric;
    private int _samples;
    private int _values;

    public RobustSpread Spread { get; } = new();

    /// <summary>Shares among the last 20: of events that have it, and of its values that are numbers.</summary>
    public double Present => _present.Share;

    public double Numeric => _numeric.Share;

    /// <summary>Nearly every event had it, and nearly none of the last has.</summary>
    public bool IsMissing => _samples >= Learning && _usualPresent > 0.9 && _present.Share < 0.2;

    /// <summary>Nearly every value was a number, and less than half of the last are.</summary>
    public bool HasOtherType => _values >= Learning && _usualNumeric > 0.9 && _numeric.Share < 0.5;

    public bool IsUsual => !IsMissing && !HasOtherType;

    /// <summary>Numbers far outside among the last 20.</summary>
    public RecentShare Outliers { get; } = new();

    /// <summary>
    /// Counts an event of the series, with or without the property. What is usual follows slowly, over some hundred events, and is
    /// made of those before the last twenty: what is judged does not excuse itself.
    /// </summary>
    public void AddPresence(bool isPresent)
    {
        if (_present.Add(isPresent) is { } earlier)
        {
            _samples++;
            _usualPresent += ((earlier ? 1 : 0) - _usualPresent) / (IsMissing ? Reluctance : Math.Min(_samples, 500));
        }
    }

    public void AddType(bool isNumber)
    {
        if (_numeric.Add(isNumber) is { } earlier)
        {
            _values++;
            _usualNumeric += ((earlier ? 1 : 0) - _usualNumeric) / (HasOtherType ? Reluctance : Math.Min(_values, 500));
        }
    }

    /// <summary>Robust deviations from what is usual.</summary>
    public double AddNumber(double value, double bound)
    {
        var deviations = Spread.Add(value);
        Outliers.Add(deviations > bound);
        return deviations;
    }
}

/// <summary>The share of what was true among the last twenty.</summary>
internal sealed class RecentShare
{
    public const int Kept = 20;
    private uint _bits;
    private int _count;

    public int Hits => System.Numerics.BitOperations.PopCount(_bits);

    public double Share => _count == 0 ? 0 : (double)Hits / Math.Min(_count, Kept);

    /// <returns>The one before the last twenty, which is forgotten; null while there are fewer.</returns>
    public bool? Add(bool value)
    {
        bool? forgotten = _count < Kept ? null : ((_bits >> (Kept - 1)) & 1) == 1;
        _bits = ((_bits << 1) | (value ? 1U : 0U)) & ((1U << Kept) - 1);
        _count++;
        return forgotten;
    }
}
