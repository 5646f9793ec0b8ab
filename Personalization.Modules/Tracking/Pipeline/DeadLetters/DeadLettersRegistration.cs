using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Replay;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>What was refused or failed is kept, shown, mended and sent in again.</summary>
internal static class DeadLettersRegistration
{
    public static void AddDeadLetters(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<DeadLetterOptions>(configuration, DeadLetterOptions.Section);
        services.AddSingleton(provider => new FormerSources(
            provider.GetRequiredService<IOptions<TrackingOptions>>().Value.Sources, provider.GetRequiredService<ISourceRegister>()));

        services.AddSingleton(provider => new DeadLetterFile(provider.GetRequiredService<DataDirectory>().File(DeadLetterFile.Name)));
        services.AddSingleton<DeadLetterReader>();
        services.AddSingleton(provider => new DeadLetterStore(
            provider.GetRequiredService<DeadLetterFile>(), Options(provider).MaxBytes, Options(provider).MaxStrangerBytes));
        services.AddSingleton(provider => new LetterQueue(Options(provider).QueueEntries, Options(provider).QueueBytes));
        services.AddSingleton<DeadLetterMetrics>();
        services.AddSingleton<RefusedConsent>();
        services.AddSingleton<DeadLetterWriter>();
        services.AddSingleton<IDeadLetterSink>(CreateSink);
        services.ReplaceInReplay<IDeadLetterSink>();

        services.AddSingleton(provider => new ParkedEvents(Options(provider).MaxParkedEvents));
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ParkedEvents>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ParkedEvents>());
        services.AddSingleton<DeadLetterErasure>();
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<DeadLetterErasure>());
        services.AddSingleton<IIdentifierSource>(provider => provider.GetRequiredService<DeadLetterErasure>());

        services.AddSingleton(provider => new RetentionRule(
            "dead_letters.db", "What was refused or failed, with its body", Options(provider).MaxAgeDays, "Tracking:DeadLetters:MaxAgeDays"));

        services.AddSingleton<LetterTurns>();
        services.AddSingleton<LetterCheck>();
        services.AddSingleton<LetterEditor>();
        services.AddSingleton<DeadLetterReplay>();
        services.AddHostedService<DeadLetterExpiry>();
    }

    /// <summary>The writer is nobody's dependency, but must be there, and must outlive whoever hands letters in.</summary>
    private static DeadLetterSink CreateSink(IServiceProvider provider)
    {
        provider.GetRequiredService<DeadLetterWriter>();
        return ActivatorUtilities.CreateInstance<DeadLetterSink>(provider);
    }

    private static DeadLetterOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<DeadLetterOptions>>().Value;
}
