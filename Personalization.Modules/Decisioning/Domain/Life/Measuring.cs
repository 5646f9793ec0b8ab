namespace Personalization.Decisioning.Domain.Life;

/// <summary>Adds up the answers of one version. One thread.</summary>
internal sealed class Measuring
{
    private readonly HashSet<int> _popular = [];
    private readonly HashSet<int> _shown = [];
    private readonly int[] _scores = new int[ScoreBins.Count];
    private int _questions;
    private int _hits;
    private long _answers;
    private long _popularAnswers;
    private double _reciprocal;
    private double _microseconds;

    public Measuring(ReadOnlySpan<ScoredItem> popular)
    {
        foreach (ref readonly var item in popular)
        {
            _popular.Add(item.Item);
        }
    }

    public void Add(ReadOnlySpan<ScoredItem> answer, int wanted, TimeSpan elapsed)
    {
        _questions++;
        _microseconds += elapsed.TotalMicroseconds;
        _scores[ScoreBins.Of(answer.IsEmpty ? 0 : answer[0].Score)]++;
        for (var i = 0; i < answer.Length; i++)
        {
            _answers++;
            _shown.Add(answer[i].Item);
            _popularAnswers += _popular.Contains(answer[i].Item) ? 1 : 0;
            if (answer[i].Item == wanted)
            {
                _hits++;
                _reciprocal += 1.0 / (i + 1);
            }
        }
    }

    public ModelMeasurement Result() => new(
        _questions, Mean(_hits), Mean(_reciprocal), _shown.Count, _answers == 0 ? 0 : _popularAnswers / (double)_answers, Mean(_microseconds), _scores);

    private double Mean(double sum) => _questions == 0 ? 0 : sum / _questions;
}

/// <summary>Adds up what a shadow had in common with what was served.</summary>
internal sealed class ShadowTally(int version)
{
    private long _compared;
    private long _sameFirst;
    private double _overlap;
    private double _microseconds;

    public void Add(ReadOnlySpan<ScoredItem> served, ReadOnlySpan<ScoredItem> shadowed, TimeSpan elapsed)
    {
        var common = 0;
        foreach (ref readonly var item in served)
        {
            foreach (ref readonly var other in shadowed)
            {
                common += item.Item == other.Item ? 1 : 0;
            }
        }

        _compared++;
        _overlap += served.IsEmpty ? (shadowed.IsEmpty ? 1 : 0) : common / (double)served.Length;
        _sameFirst += (served.IsEmpty && shadowed.IsEmpty) || (!served.IsEmpty && !shadowed.IsEmpty && served[0].Item == shadowed[0].Item) ? 1 : 0;
        _microseconds += elapsed.TotalMicroseconds;
    }

    public ShadowReport Report(long dropped) => _compared == 0
        ? new ShadowReport(version, 0, 0, 0, 0, dropped)
        : new ShadowReport(version, _compared, _overlap / _compared, _sameFirst / (double)_compared, _microseconds / _compared, dropped);
}
