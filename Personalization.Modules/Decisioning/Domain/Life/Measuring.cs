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
