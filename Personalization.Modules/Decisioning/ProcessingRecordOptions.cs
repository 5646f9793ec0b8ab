namespace Personalization.Decisioning;

/// <summary>What the record of processing says about the shop itself; section <c>Personalization:Governance:Record</c>.</summary>
public sealed class ProcessingRecordOptions
{
    public const string Section = "Governance:Record";

    /// <summary>Name and contact details of the controller. Default empty, and then the record says that it is missing.</summary>
    public string Controller { get; set; } = "";

    /// <summary>Contact details of the data protection officer, if there is one.</summary>
    public string DataProtectionOfficer { get; set; } = "";

    /// <summary>Who receives data besides those that policies and residency rules name.</summary>
    public IList<string> Recipients { get; } = [];

    /// <summary>Technical and organisational measures of the shop's own, besides those of this software.</summary>
    public IList<string> SecurityMeasures { get; } = [];
}
