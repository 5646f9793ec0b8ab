namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>
/// One change of a letter at a time: whoever corrects, replays or discards it reads it in their turn, and has written what came of it before the next one reads.
/// Thread-safe; holds nothing of letters that nobody changes.
/// </summary>
internal sealed class LetterTurns
{
    private readonly Dictionary<long, Turn> _taken = [];

    /// <summary>Completes when it is the caller's turn, which ends when the result is disposed of.</summary>
    public async Task<IDisposable> TakeAsync(long id, CancellationToken cancellationToken = default)
    {
        Turn turn;
        lock (_taken)
        {
            turn = _taken.GetValueOrDefault(id) ?? (_taken[id] = new Turn(this, id));
            turn.Users++;
        }

        try
        {
            await turn.Free.WaitAsync(cancellationToken);
            return turn;
        }
        catch (OperationCanceledException)
        {
            Leave(turn);
            throw;
        }
    }

    private void Leave(Turn turn)
    {
        lock (_taken)
        {
            if (--turn.Users == 0)
            {
                _taken.Remove(turn.Id);
                turn.Free.Dispose();
            }
        }
    }

    private sealed class Turn(LetterTurns turns, long id) : IDisposable
    {
        public long Id => id;

        public SemaphoreSlim Free { get; } = new(1, 1);

        /// <summary>Who has it and who waits for it.</summary>
        public int Users { get; set; }

        public void Dispose()
        {
            Free.Release();
            turns.Leave(this);
        }
    }
}
