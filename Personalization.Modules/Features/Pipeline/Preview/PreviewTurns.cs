namespace Personalization.Features.Pipeline.Preview;

/// <summary>
/// Who may preview now: only so many at a time, and of one editor only the newest, since whoever types on does not want the answer to what
/// stood there before. Thread-safe.
/// </summary>
/// <param name="atOnce">Previews at a time.</param>
internal sealed class PreviewTurns(int atOnce)
{
    private readonly Lock _lock = new();
    private readonly List<PreviewTurn> _running = [];
    private readonly Dictionary<string, PreviewTurn> _waiting = new(StringComparer.Ordinal);

    /// <summary>
    /// A turn, to be disposed of, or null when none is free. The one that runs for the same editor is told to end, and its place is taken over as
    /// soon as it has; one that waits for that is told as well.
    /// </summary>
    public async Task<PreviewTurn?> TakeAsync(string? editor, CancellationToken cancellationToken)
    {
        PreviewTurn? turn;
        Task? before = null;
        lock (_lock)
        {
            turn = new PreviewTurn(this, editor, cancellationToken);
            if (editor is not null && _running.Find(other => other.Editor == editor) is { } older)
            {
                if (_waiting.Remove(editor, out var between))
                {
                    between.Supersede();
                }

                older.Supersede();
                before = older.Ended;
                _waiting[editor] = turn;
            }
            else if (_running.Count >= atOnce)
            {
                turn.Abandon();
                return null;
            }
            else
            {
                _running.Add(turn);
            }
        }

        if (before is not null)
        {
            await before;
        }

        return turn;
    }

    /// <summary>One has ended: whoever waits for its place has it.</summary>
    internal void End(PreviewTurn turn)
    {
        lock (_lock)
        {
            if (!_running.Remove(turn))
            {
                // Superseded while it waited: its place is another's by now.
                return;
            }

            if (turn.Editor is { } editor && _waiting.Remove(editor, out var next))
            {
                _running.Add(next);
            }
        }
    }
}

/// <summary>One preview's permission to run.</summary>
internal sealed class PreviewTurn : IDisposable
{
    private readonly PreviewTurns _turns;
    private readonly CancellationTokenSource _cancel;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isSuperseded;

    internal PreviewTurn(PreviewTurns turns, string? editor, CancellationToken cancellationToken)
    {
        (_turns, Editor) = (turns, editor);
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Token = _cancel.Token;
    }

    /// <summary>Cancelled when the client has gone or a newer preview has come.</summary>
    public CancellationToken Token { get; }

    public bool IsSuperseded => _isSuperseded;

    internal string? Editor { get; }

    internal Task Ended => _ended.Task;

    internal void Supersede()
    {
        _isSuperseded = true;
        _cancel.Cancel();
    }

    internal void Abandon() => _cancel.Dispose();

    public void Dispose()
    {
        _turns.End(this);
        _cancel.Dispose();
        _ended.TrySetResult();
    }
}
