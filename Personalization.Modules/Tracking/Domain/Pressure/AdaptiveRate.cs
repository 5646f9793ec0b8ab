namespace Personalization.Tracking.Domain.Pressure;

/// <summary>
/// A rate that finds out what the system can take: it falls by a part with each look that shows pressure and rises by a little with each
/// calm one (Chiu and Jain, 1989). Work is counted in <see cref="WorkUnits"/>.
/// </summary>
/// <param name="floor">Never less, a second: what is shed still gets through a little, and ends some day.</param>
/// <param name="fall">What is left of the rate after a look that shows pressure.</param>
/// <param name="leastPart">
/// Never less of what was admitted when the limiting began: refusing costs work too, so a rate that followed its own refusals down would end at
/// nothing, and what is critical would no longer be within its source's share.
/// </param>
internal sealed class AdaptiveRate(double floor, double fall, double leastPart)
{
    private const double Rise = 1.04;

    /// <summary>Looks after a cut until the next: the signals are smoothed, so they tell of a cut only some looks later.</summary>
    private const int LooksACut = 2;

    /// <summary>Cuts at a time, however severe the pressure is: a single stall is severe, too.</summary>
    private const double MostCuts = 3;

    /// <summary>Of what was admitted when the limiting began, what can be reserved: if it is more, then it is itself too much.</summary>
    private const double MostReserved = 0.8;

    private int _looksLeft;
    private double _begunAt;
    private double _reserved;

    /// <summary>A second. Infinite while nothing is limited.</summary>
    public double PerSecond { get; private set; } = double.PositiveInfinity;

    public bool IsLimited => !double.IsPositiveInfinity(PerSecond);

    public bool IsAtFloor => PerSecond <= Floor;

    private double Least => Math.Max(floor, _begunAt * leastPart);

    private double Floor => Math.Max(Least, Math.Min(_reserved, _begunAt * MostReserved));

    /// <summary>Begins to limit, somewhat below what was admitted lately.</summary>
    public void Limit(double admittedPerSecond)
    {
        _begunAt = admittedPerSecond;
        PerSecond = Math.Max(Floor, admittedPerSecond * fall);
    }

    public void Lift() => PerSecond = double.PositiveInfinity;

    /// <summary>What is asked for that nothing but itself may push out: the rate does not fall below it.</summary>
    public void Reserve(double perSecond)
    {
        _reserved = perSecond;
        PerSecond = Math.Max(Floor, PerSecond);
    }

    /// <summary>
    /// Takes one look in. It rises only as long as somebody uses it up: a limit far above the demand would let the next wave through
    /// unhindered.
    /// </summary>
    /// <param name="verdict">What the signals say.</param>
    /// <param name="admittedPerSecond">What it let pass of late.</param>
    /// <param name="severity">How many times the threshold the pressure is: what is far over it must not take as many looks to come down as it is times over.</param>
    public void Follow(PressureVerdict verdict, double admittedPerSecond, double severity = 1)
    {
        _looksLeft = Math.Max(0, _looksLeft - 1);
        if (verdict == PressureVerdict.Over)
        {
            if (_looksLeft > 0)
            {
                return;
            }

            _looksLeft = LooksACut;
            PerSecond = Math.Max(Floor, Math.Min(PerSecond, Math.Max(admittedPerSecond, Floor)) * Math.Pow(fall, Math.Clamp(severity, 1, MostCuts)));
        }
        else if (verdict == PressureVerdict.Calm && PerSecond < 2 * Math.Max(admittedPerSecond, Floor))
        {
            PerSecond = (PerSecond * Rise) + (Least / 10);
        }
    }
}
