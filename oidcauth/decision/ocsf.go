package decision

import (
	"encoding/json"
	"net"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/internal/record"
)

// The version of the Open Cybersecurity Schema Framework, and its class Authentication.
const (
	ocsfVersion        = "1.3.0"
	ocsfCategory       = 3 // Identity & Access Management
	ocsfAuthentication = 3002
)

// The values of OCSF that the events use.
const (
	ocsfLogon, ocsfLogoff, ocsfOther = 1, 2, 99
	ocsfInformational, ocsfLow       = 1, 2
	ocsfSuccess, ocsfFailure         = 1, 2
	ocsfOAuth                        = 6
)

type ocsfEvent struct {
	ActivityID     int            `json:"activity_id"`
	ActivityName   string         `json:"activity_name"`
	CategoryUID    int            `json:"category_uid"`
	CategoryName   string         `json:"category_name"`
	ClassUID       int            `json:"class_uid"`
	ClassName      string         `json:"class_name"`
	TypeUID        int            `json:"type_uid"`
	SeverityID     int            `json:"severity_id"`
	Time           int64          `json:"time"` // milliseconds since 1970
	Duration       int64          `json:"duration,omitempty"`
	StatusID       int            `json:"status_id"`
	StatusCode     string         `json:"status_code,omitempty"`
	StatusDetail   string         `json:"status_detail,omitempty"`
	Message        string         `json:"message"`
	Metadata       ocsfMetadata   `json:"metadata"`
	User           ocsfUser       `json:"user"`
	Service        ocsfNamed      `json:"service"`
	Source         *ocsfEndpoint  `json:"src_endpoint,omitempty"`
	AuthProtocolID int            `json:"auth_protocol_id"`
	AuthProtocol   string         `json:"auth_protocol"`
	IsRemote       bool           `json:"is_remote"`
	Request        *ocsfRequest   `json:"http_request,omitempty"`
	Unmapped       map[string]any `json:"unmapped,omitempty"`
}

type ocsfMetadata struct {
	Version        string      `json:"version"`
	UID            string      `json:"uid"`
	Product        ocsfProduct `json:"product"`
	CorrelationUID string      `json:"correlation_uid,omitempty"`
}

type ocsfProduct struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
}

// ocsfUser needs one of uid, name and account.
type ocsfUser struct {
	UID  string `json:"uid,omitempty"`
	Name string `json:"name,omitempty"`
}

type ocsfNamed struct {
	Name string `json:"name"`
}

type ocsfEndpoint struct {
	IP   string `json:"ip,omitempty"`
	Port int    `json:"port,omitempty"`
	Name string `json:"name,omitempty"`
}

type ocsfRequest struct {
	Method string `json:"http_method"`
}

// OCSF returns the event as JSON of the Open Cybersecurity Schema Framework 1.3, class Authentication (3002), for a SIEM. Accepted,
// SignedIn and Refused are the activity Logon, LoggedOut and SignedOut are Logoff, and Revoked and Refreshed are Other. The user is the token's sub, which is redacted
// unless Config.ShowClaimValues is set. OCSF returns nil for Fetched, Reloaded and unknown kinds, which are no authentication.
func (e Event) OCSF() json.RawMessage {
	out := ocsfEvent{
		CategoryUID: ocsfCategory, CategoryName: "Identity & Access Management", ClassUID: ocsfAuthentication, ClassName: "Authentication",
		Time: e.Time.UnixMilli(), StatusID: ocsfSuccess, SeverityID: ocsfInformational, AuthProtocolID: ocsfOAuth, AuthProtocol: "OAUTH 2.0", IsRemote: true,
		Metadata: ocsfMetadata{Version: ocsfVersion, UID: e.ID, Product: ocsfProduct{Name: "knownbearer", VendorName: "knownbearer"}},
		Service:  ocsfNamed{"bearer token verification"}, Unmapped: map[string]any{},
	}
	switch {
	case e.Decision != nil:
		out.addDecision(e.Decision)
		out.nameLogin(e.Kind)
	case e.SignOut != nil:
		out.ActivityID, out.ActivityName, out.Message, out.Service = ocsfLogoff, "Logoff", "A session ended.", ocsfLogin
		out.User, out.StatusDetail = ocsfUserOf(e.SignOut.Subject), string(e.SignOut.Reason)
		out.add("client_id", e.SignOut.ClientID)
	case e.Logout != nil:
		out.ActivityID, out.ActivityName, out.Message = ocsfLogoff, "Logoff", "A back-channel logout ended sessions."
		out.User = ocsfUserOf(e.Logout.Token.Subject)
		out.add("client_id", e.Logout.Token.ClientID, "jti", e.Logout.Token.ID)
	case e.Revocation != nil:
		out.addRevocation(e.Revocation)
	default:
		return nil
	}
	out.TypeUID = out.ClassUID*100 + out.ActivityID
	out.add("issuer", e.Issuer)
	text, _ := json.Marshal(out) // these types always have a JSON form
	return text
}

func (o *ocsfEvent) addDecision(d *Decision) {
	o.ActivityID, o.ActivityName, o.Message = ocsfLogon, "Logon", "The request is accepted."
	o.Duration, o.Metadata.CorrelationUID = d.Elapsed.Milliseconds(), d.TraceID
	o.User, o.Source = ocsfUserOf(d.Token.Subject), ocsfEndpointOf(d.Remote)
	if d.Method != "" {
		o.Request = &ocsfRequest{d.Method}
	}
	o.add("client_id", d.Token.ClientID, "jti", d.Token.ID, "route", d.Route)
	if d.Accepted {
		return
	}
	o.StatusID, o.SeverityID, o.StatusCode, o.StatusDetail = ocsfFailure, ocsfLow, strconv.Itoa(d.Status), string(d.Reason)
	if o.Message = d.Cause(); o.Message == "" {
		o.Message = string(d.Reason)
	}
}

var ocsfLogin = ocsfNamed{"login"}

// nameLogin describes an accepted login or refresh.
func (o *ocsfEvent) nameLogin(kind EventKind) {
	switch kind {
	case SignedIn:
		o.Message, o.Service = "The user signed in.", ocsfLogin
	case Refreshed:
		o.ActivityID, o.ActivityName, o.Message, o.Service = ocsfOther, "Refresh", "A session was refreshed.", ocsfLogin
	}
}

func (o *ocsfEvent) addRevocation(r *Revocation) {
	o.ActivityID, o.ActivityName, o.Message = ocsfOther, "Revocation", "A token is revoked."
	o.User = ocsfUserOf(r.Token.Subject)
	o.add("client_id", r.Token.ClientID, "jti", r.Token.ID)
	if r.Fault != "" {
		o.StatusID, o.SeverityID, o.Message, o.StatusDetail = ocsfFailure, ocsfLow, "A token is not revoked, or not everywhere.", r.Fault
	}
}

// add adds facts that the class has no attribute for.
func (o *ocsfEvent) add(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			o.Unmapped[pairs[i]] = pairs[i+1]
		}
	}
}

func ocsfUserOf(subject string) ocsfUser {
	if subject == "" {
		return ocsfUser{Name: record.Hidden}
	}
	return ocsfUser{UID: subject}
}

// ocsfEndpointOf reads an address with or without a port.
func ocsfEndpointOf(remote string) *ocsfEndpoint {
	if remote == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(remote)
	if err != nil {
		host, port = strings.Trim(remote, "[]"), ""
	}
	number, _ := strconv.Atoi(port) // 0 without a port
	if net.ParseIP(host) == nil {
		return &ocsfEndpoint{Name: host, Port: number}
	}
	return &ocsfEndpoint{IP: host, Port: number}
}
