using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>Changes letters on somebody's behalf. What it answers is on disk.</summary>
internal sealed class LetterEditor(LetterQueue queue, LetterCheck check)
{
    /// <summary>What the door would say to a letter with another body.</summary>
    public CheckedBody Check(DeadLetter letter, byte[] body) => check.Check(letter with { Body = body });

    /// <summary>Puts a body in place and tells what the door would say to it.</summary>
    public async Task<EditedLetter> CorrectAsync(DeadLetter letter, byte[] body)
    {
        var read = Check(letter, body);
        var isThere = false;
        var write = new LetterWrite(
            store => isThere = store.Correct(letter.Id, body, read.EventName, read.MessageId, read.Subjects), body.Length);
        return new EditedLetter(queue.TryAdd(write) && await write.Done && isThere, read.Fault);
    }

    /// <summary>False when it could not be written.</summary>
    public async Task<bool> DiscardAsync(long id)
    {
        var write = new LetterWrite(store => store.Discard(id));
        return queue.TryAdd(write) && await write.Done;
    }
}

/// <summary>How a correction ended.</summary>
/// <param name="IsStored">False when the letter has gone or changed meanwhile, or could not be written.</param>
/// <param name="Fault">What the door would refuse it for; null when it would be taken.</param>
internal readonly record struct EditedLetter(bool IsStored, string? Fault);
