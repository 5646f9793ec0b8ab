using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Cold;

namespace Personalization.Features.Pipeline.Cold;

/// <summary>Reads profiles back into memory for those who ask, one after the other, off their threads.</summary>
internal sealed partial class ProfileWarmer(ColdProfiles profiles, IOptions<MemoryOptions> options, TimeProvider time, ILogger<ProfileWarmer> logger)
    : BackgroundService, IColdProfiles
{
    private readonly Channel<int> _queue = Channel.CreateBounded<int>(
        new BoundedChannelOptions(options.Value.ColdQueue) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ConcurrentDictionary<int, TaskCompletionSource<bool>> _waiting = [];
    private readonly TimeSpan _patience = TimeSpan.FromMilliseconds(options.Value.ColdWaitMs);
    private long _refused;
    private long _late;

    public bool Any => profiles.Any;

    /// <summary>Questions that found the queue full.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Questions that did not wait until the profile was there.</summary>
    public long Late => Volatile.Read(ref _late);

    public bool IsCold(int profileId) => profiles.IsCold(profileId);

    public async ValueTask<bool> WarmAsync(int profileId, CancellationToken cancellationToken)
    {
        if (!profiles.IsCold(profileId))
        {
            return true;
        }

        var mine = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var warmed = _waiting.GetOrAdd(profileId, mine);
        if (warmed == mine && !_queue.Writer.TryWrite(profileId))
        {
            _waiting.TryRemove(profileId, out _);
            Interlocked.Increment(ref _refused);
            mine.SetResult(false);
        }

        try
        {
            return await warmed.Task.WaitAsync(_patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It comes back all the same, for the next question.
            Interlocked.Increment(ref _late);
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var profileId in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            var isThere = false;
            try
            {
                isThere = profiles.Warm(profileId);
            }
            catch (Exception error) // One row that cannot be read must not keep all others away: the question is answered without it.
            {
                LogUnreadable(error);
            }

            _waiting.TryRemove(profileId, out var warmed);
            warmed?.TrySetResult(isThere);
        }
    }

    [LoggerMessage(EventId = 3010, Level = LogLevel.Error, Message = "A profile that had left memory could not be read back")]
    private partial void LogUnreadable(Exception error);
}
