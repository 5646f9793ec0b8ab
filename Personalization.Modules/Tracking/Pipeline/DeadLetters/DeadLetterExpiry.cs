using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>Removes letters that have reached their age, some at a time, so that the event path's letters never wait long behind it.</summary>
internal sealed class DeadLetterExpiry(
    LetterQueue queue, DeadLetterMetrics metrics, TimeProvider time, IOptions<DeadLetterOptions> options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.ExpiryIntervalSeconds), time);
        do
        {
            await ExpireAsync();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private async Task ExpireAsync()
    {
        var beforeMs = time.GetUtcNow().AddDays(-options.Value.MaxAgeDays).ToUnixTimeMilliseconds();
        IReadOnlyList<ExpiredLetter> expired;
        do
        {
            expired = [];
            var write = new LetterWrite(store => expired = store.ExpireByAge(beforeMs), afterCommit: static store => store.Shrink());
            if (!queue.AddAlways(write) || !await write.Done)
            {
                return;
            }

            foreach (var letter in expired)
            {
                metrics.Expired((DeadLetterReason)letter.Reason);
            }
        }
        while (expired.Count > 0);
    }
}
