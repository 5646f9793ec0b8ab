using Personalization.Consent.Contracts;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>The record of processing activities (GDPR, Art. 30), made from what is registered and configured now.</summary>
/// <param name="GeneratedAt">When.</param>
/// <param name="Controller">Who answers for it; empty when it is not configured.</param>
/// <param name="DataProtectionOfficer">Empty when there is none.</param>
/// <param name="Activities">What is done, by active policy.</param>
/// <param name="Unregistered">What decides here without an active policy.</param>
/// <param name="Purposes">Purposes that consent is kept for.</param>
/// <param name="Stores">Every store of personal data: each can count, export and erase a person.</param>
/// <param name="Retention">How long what is kept.</param>
/// <param name="Recipients">Who receives data.</param>
/// <param name="Transfers">Which regions' data may go where.</param>
/// <param name="SecurityMeasures">What protects it.</param>
/// <param name="Missing">What the article asks for, and nobody has stated.</param>
internal sealed record ProcessingRecord(
    DateTimeOffset GeneratedAt,
    string Controller,
    string DataProtectionOfficer,
    IReadOnlyList<ProcessingActivity> Activities,
    IReadOnlyList<string> Unregistered,
    IReadOnlyList<string> Purposes,
    IReadOnlyList<string> Stores,
    IReadOnlyList<RetentionRule> Retention,
    IReadOnlyList<string> Recipients,
    IReadOnlyList<ResidencyRule> Transfers,
    IReadOnlyList<string> SecurityMeasures,
    IReadOnlyList<string> Missing);

/// <summary>One activity: a policy that applies.</summary>
internal sealed record ProcessingActivity(
    string Policy,
    int Version,
    string Purpose,
    string Owner,
    string LegalBasis,
    IReadOnlyList<string> Purposes,
    IReadOnlyList<int> TcfPurposes,
    bool UsesProfile,
    IReadOnlyList<string> DataSources,
    string RiskClass,
    string? Dpia)
{
    public static ProcessingActivity Of(PolicyVersion version) => new(
        version.Id,
        version.Version,
        version.Policy.Purpose,
        version.Policy.Owner,
        version.Policy.LegalBasis,
        version.Policy.Purposes,
        version.Policy.TcfPurposes,
        version.Policy.UsesProfile,
        version.Policy.Lineage?.Sources ?? [],
        version.Policy.RiskClass,
        version.Policy.Dpia?.Reference);
}

/// <summary>Makes the record.</summary>
internal sealed class ProcessingRecorder(
    PolicyRegistry policies,
    RunningDeciders running,
    IEnumerable<IPersonalDataStore> stores,
    IEnumerable<RetentionRule> retention,
    IResidency residency,
    ProcessingRecordOptions options,
    TimeProvider time)
{
    private static readonly string[] OwnMeasures =
    [
        "Identifiers outside the event log are keyed hashes.",
        "Administrative requests need a key with a role, and are written to a log whose entries are chained.",
        "Every store of personal data can be erased, and a test finds one that cannot.",
        "Changes of high impact need a second person.",
    ];

    public ProcessingRecord Make()
    {
        var active = policies.All.Select(state => state.Active).OfType<PolicyVersion>().ToList();
        var unregistered = running.Ids.Where(id => active.TrueForAll(version => version.Id != id)).ToList();
        return new ProcessingRecord(
            time.GetUtcNow(),
            options.Controller,
            options.DataProtectionOfficer,
            [.. active.Select(ProcessingActivity.Of)],
            unregistered,
            [.. Enum.GetValues<Purposes>().Where(purpose => purpose is not (Purposes.None or Purposes.All)).Select(purpose => purpose.ToString().ToLowerInvariant())],
            [.. stores.Select(store => store.Name).Order(StringComparer.Ordinal)],
            [.. retention.OrderBy(rule => rule.Store, StringComparer.Ordinal)],
            [.. active.SelectMany(version => version.Policy.Recipients).Concat(options.Recipients).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            residency.Rules,
            [.. OwnMeasures, .. options.SecurityMeasures],
            [.. Missing(unregistered)]);
    }

    private IEnumerable<string> Missing(List<string> unregistered)
    {
        if (options.Controller.Length == 0)
        {
            yield return "The controller's name and contact details: Governance:Record:Controller.";
        }

        if (unregistered.Count > 0)
        {
            yield return $"Purpose and legal basis of {string.Join(", ", unregistered)}: register and activate a policy for each.";
        }

        if (residency.Rules.Count == 0)
        {
            yield return "Whether data leaves the region it belongs to: Residency:Rules.";
        }
    }
}
