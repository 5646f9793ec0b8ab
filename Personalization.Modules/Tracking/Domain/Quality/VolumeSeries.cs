namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// The volume of one series: its last minute in slots of ten seconds, its last hour in minutes, and what was expected of each.
/// Frequent events are judged by the last twenty seconds or minute, rare ones by ten or sixty minutes. One thread.
/// </summary>
internal sealed class VolumeSeries
{
    private const int Minutes = 60;
    private const int NewestSlots = 2;

    /// <summary>Left out of the recent rate, so that what is judged does not excuse itself.</summary>
    private const int NewestMinutes = 2;
    private readonly int[] _slots = new int[SlotCounts.SlotsPerMinute];
    private readonly int[] _counts = new int[Minutes];
    private readonly float[] _expected = new float[Minutes];
    private long _slot = -1;
    private int _slotsSeen;
    private int _minutesSeen;
    private int _minuteCount;
    private int _minuteSlots;
    private double _heldRate = double.NaN;
    private long _heldSince;

    public SeasonalBaseline Baseline { get; } = new();

    /// <summary>Events of the last minute, in whole slots.</summary>
    public int LastMinute { get; private set; }

    /// <summary>When the last event came, to ten seconds.</summary>
    public long HeardAtMs { get; set; }

    public bool IsChanged { get; set; }

    /// <summary>Takes the next slot in. A slot that does not follow the last one was preceded by a gap, of which nothing is known.</summary>
    public void Add(long slot, int count, bool isFlagged)
    {
        if (slot != _slot + 1)
        {
            Forget();
        }

        _slot = slot;
        HeardAtMs = count > 0 ? slot * SlotCounts.SlotMs : HeardAtMs;
        ref var oldest = ref _slots[slot % SlotCounts.SlotsPerMinute];
        LastMinute += count - oldest;
        oldest = count;
        _slotsSeen++;
        _minuteCount += count;
        _minuteSlots++;
        if ((slot + 1) % SlotCounts.SlotsPerMinute == 0)
        {
            FinishMinute(slot / SlotCounts.SlotsPerMinute, isFlagged);
        }
    }

    /// <summary>What is expected of the minute that ends with the last slot, and what that rests on.</summary>
    public VolumeExpectation Expect(int learningMinutes, bool isFlagged)
    {
        var minute = _slot / SlotCounts.SlotsPerMinute;
        var rate = Baseline.RateAt(minute, out var kind);
        if (kind < BaselineKind.Daily)
        {
            rate = RecentRate(learningMinutes, isFlagged);
            kind = double.IsNaN(rate) ? BaselineKind.Learning : BaselineKind.Recent;
        }

        return new VolumeExpectation(rate, kind);
    }

    /// <summary>The last minute against what is expected; too little of it, and the longest window that is needed to tell.</summary>
    public VolumeJudgement Judge(VolumePolicy policy, VolumeExpectation expectation)
    {
        if (expectation.Kind == BaselineKind.Learning || _slotsSeen < SlotCounts.SlotsPerMinute)
        {
            return VolumeJudgement.Unknown;
        }

        var newest = JudgeNewest(policy, expectation);
        if (newest.Side != 0)
        {
            return newest;
        }

        var minute = policy.Judge(expectation.Rate, LastMinute, Baseline.Scatter, expectation.Kind, 60);
        if (expectation.Rate >= policy.MinExpected || minute.Side > 0)
        {
            return minute;
        }

        foreach (var minutes in (ReadOnlySpan<int>)[10, 60])
        {
            var (observed, expected) = Sum(minutes);
            if (_minutesSeen >= minutes && expected >= policy.MinExpected)
            {
                return policy.Judge(expected, observed, Baseline.Scatter, expectation.Kind, minutes * 60);
            }
        }

        return VolumeJudgement.Unknown;
    }

    /// <summary>Twenty seconds tell enough of a frequent series, so that its end is flagged well within a minute.</summary>
    private VolumeJudgement JudgeNewest(VolumePolicy policy, VolumeExpectation expectation)
    {
        var expected = expectation.Rate * NewestSlots / SlotCounts.SlotsPerMinute;
        var observed = 0;
        for (var slot = _slot; slot > _slot - NewestSlots; slot--)
        {
            observed += _slots[slot % SlotCounts.SlotsPerMinute];
        }

        // Parts of a minute scatter more than the minute: independent ones by the root of their number.
        var scatter = Baseline.Scatter * Math.Sqrt((double)SlotCounts.SlotsPerMinute / NewestSlots);
        return expected >= 3 * policy.MinExpected
            ? policy.Judge(expected, observed, scatter, expectation.Kind, (int)(NewestSlots * SlotCounts.SlotMs / 1000))
            : VolumeJudgement.Unknown;
    }

    private (long Observed, double Expected) Sum(int minutes)
    {
        var (observed, expected) = (0L, 0.0);
        for (var back = 0; back < Math.Min(minutes, _minutesSeen); back++)
        {
            var at = (int)((_slot / SlotCounts.SlotsPerMinute) + Minutes - back - ((_slot + 1) % SlotCounts.SlotsPerMinute == 0 ? 0 : 1)) % Minutes;
            observed += _counts[at];
            expected += _expected[at];
        }

        return (observed, expected);
    }

    private void FinishMinute(long minute, bool isFlagged)
    {
        if (_minuteSlots == SlotCounts.SlotsPerMinute)
        {
            var expectation = Expect(1, isFlagged);
            _counts[minute % Minutes] = _minuteCount;
            _expected[minute % Minutes] = (float)(double.IsNaN(expectation.Rate) ? _minuteCount : expectation.Rate);
            _minutesSeen++;
            Baseline.AddMinute(minute, _minuteCount, isFlagged);
            IsChanged = true;
        }

        _minuteCount = _minuteSlots = 0;
    }

    /// <summary>Mean of the last hour. While the volume is flagged it is held, up to an hour: then the new level is what is usual.</summary>
    private double RecentRate(int learningMinutes, bool isFlagged)
    {
        var known = Math.Min(_minutesSeen, Minutes) - NewestMinutes;
        if (_minutesSeen < learningMinutes || known <= 0)
        {
            return double.NaN;
        }

        if (isFlagged && !double.IsNaN(_heldRate) && _slot - _heldSince < Minutes * SlotCounts.SlotsPerMinute)
        {
            return _heldRate;
        }

        var newest = ((_slot + 1) / SlotCounts.SlotsPerMinute) - 1;
        var sum = 0L;
        for (var back = NewestMinutes; back < NewestMinutes + known; back++)
        {
            sum += _counts[(newest - back + Minutes) % Minutes];
        }

        _heldSince = _slot;
        return _heldRate = (double)sum / known;
    }

    private void Forget()
    {
        Array.Clear(_slots);
        LastMinute = _slotsSeen = _minutesSeen = _minuteCount = _minuteSlots = 0;
        _heldRate = double.NaN;
    }
}

/// <summary>What is usual just now.</summary>
/// <param name="Rate">Events a minute; NaN while learning.</param>
/// <param name="Kind">What it rests on.</param>
internal readonly record struct VolumeExpectation(double Rate, BaselineKind Kind);
